package org.yarngpu.sim.replay;

import com.google.common.collect.ImmutableList;

/**
 * What is other in one cycle.
 *
 * @param number of the cycle
 * @param nowMs its instant, epoch milliseconds
 * @param changes none if the plan is equal
 */
public record CycleChanges(long number, long nowMs, ImmutableList<Change> changes) {}
