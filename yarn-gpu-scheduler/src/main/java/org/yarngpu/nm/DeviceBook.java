package org.yarngpu.nm;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Who holds which device of this node: at most 100 % of each, so that one who holds it alone has no
 * companion.
 */
final class DeviceBook {
  private final SortedMap<String, DeviceClaim> held = new TreeMap<>();

  /**
   * Writes the book anew.
   *
   * @param living all that hold devices now, each container once
   * @return devices of which they hold more than 100 %: started past this book, or by another
   */
  ImmutableSortedSet<Integer> rebuild(Collection<DeviceClaim> living) {
    held.clear();
    living.forEach(claim -> held.put(claim.container(), claim));
    SortedMap<Integer, Integer> percents = new TreeMap<>();
    for (DeviceClaim claim : held.values()) {
      claim.devices().forEach(device -> percents.merge(device, claim.sharePercent(), Integer::sum));
    }
    percents.values().removeIf(percent -> percent <= 100);
    return ImmutableSortedSet.copyOf(percents.keySet());
  }

  /**
   * Gives a container all that it claims, or nothing; what it held before does not count.
   *
   * @return why not, or nothing if it holds them now
   */
  Optional<String> claim(DeviceClaim claim) {
    for (int device : claim.devices()) {
      ImmutableList<DeviceClaim> others =
          held.values().stream()
              .filter(other -> !other.container().equals(claim.container()))
              .filter(other -> other.devices().contains(device))
              .collect(ImmutableList.toImmutableList());
      int percent = others.stream().mapToInt(DeviceClaim::sharePercent).sum();
      if (percent + claim.sharePercent() > 100) {
        return Optional.of(refusal(claim, device, others));
      }
    }
    held.put(claim.container(), claim);
    return Optional.empty();
  }

  private static String refusal(DeviceClaim claim, int device, ImmutableList<DeviceClaim> others) {
    StringBuilder text =
        new StringBuilder("GPU ").append(device).append(" of this node is held by ");
    for (int i = 0; i < others.size(); i++) {
      DeviceClaim other = others.get(i);
      text.append(i == 0 ? "" : ", ").append(other.container()).append(' ').append(share(other));
    }
    return text.append("; ")
        .append(claim.container())
        .append(" wants it ")
        .append(share(claim))
        .append(" and was not started. Maybe one of them was not placed by GpuScheduler.")
        .toString();
  }

  private static String share(DeviceClaim claim) {
    return claim.sharePercent() == 100 ? "alone" : "to " + claim.sharePercent() + " %";
  }

  /** Claims by container. */
  ImmutableSortedMap<String, DeviceClaim> held() {
    return ImmutableSortedMap.copyOf((Map<String, DeviceClaim>) held);
  }
}
