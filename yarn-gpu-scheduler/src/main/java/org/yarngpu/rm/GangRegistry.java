package org.yarngpu.rm;

import java.util.Collection;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.apache.hadoop.yarn.api.records.ApplicationAttemptId;
import org.apache.hadoop.yarn.api.records.ApplicationId;
import org.jspecify.annotations.Nullable;
import org.yarngpu.model.GangId;

/** The gangs of all live application attempts, and what outlives an attempt. */
final class GangRegistry {
  private final ConcurrentMap<GangId, GangState> gangs = new ConcurrentHashMap<>();

  private final ConcurrentMap<ApplicationId, Integer> evictions = new ConcurrentHashMap<>();

  void open(GangState gang) {
    gangs.put(gang.id, gang);
  }

  /** How often an application was evicted; 0 for one that has ended. */
  int evictions(ApplicationId application) {
    return evictions.getOrDefault(application, 0);
  }

  void countEviction(ApplicationId application) {
    evictions.merge(application, 1, Integer::sum);
  }

  void forget(ApplicationId application) {
    evictions.remove(application);
  }

  void close(ApplicationAttemptId attempt) {
    gangs.remove(new GangId(attempt.toString()));
  }

  @Nullable GangState gang(ApplicationAttemptId attempt) {
    return gangs.get(new GangId(attempt.toString()));
  }

  @Nullable GangState gang(GangId id) {
    return gangs.get(id);
  }

  Collection<GangState> all() {
    return gangs.values();
  }
}
