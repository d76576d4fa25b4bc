package org.yarngpu.sim.fast;

import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;
import org.yarngpu.sim.SharedRun.ServiceRecord;

/** The services of a run that follow their load. */
final class FollowedServices {
  /** So long after the last submission their loads are known. */
  static final long KNOWN_MS = 30 * 86_400_000L;

  private final List<FollowedService> services = new ArrayList<>();
  private int number;

  /**
   * @param firstNumber of a replica
   */
  FollowedServices(int firstNumber) {
    this.number = firstNumber;
  }

  void add(FollowedService service) {
    services.add(service);
  }

  int nextNumber() {
    return number++;
  }

  FollowedService get(int service) {
    return services.get(service);
  }

  int size() {
    return services.size();
  }

  boolean isEmpty() {
    return services.isEmpty();
  }

  /** Replicas that hold GPUs. */
  int holding() {
    return services.stream().mapToInt(FollowedService::holding).sum();
  }

  ImmutableList<ServiceRecord> records(long endMs) {
    return services.stream().map(service -> service.record(endMs)).collect(toImmutableList());
  }
}
