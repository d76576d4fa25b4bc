package org.yarngpu.nm;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableSortedSet;

/**
 * What a container holds of its node's devices.
 *
 * @param container its id
 * @param devices indexes on the node; empty for a container without a GPU
 * @param sharePercent of each device, in [1, 100]; 100 is the device alone
 */
record DeviceClaim(String container, ImmutableSortedSet<Integer> devices, int sharePercent) {
  DeviceClaim {
    checkArgument(
        1 <= sharePercent && sharePercent <= 100,
        "sharePercent (%s) of %s must lie in [1, 100]",
        sharePercent,
        container);
  }
}
