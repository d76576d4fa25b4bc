package org.yarngpu.model;

import com.google.common.collect.ImmutableList;

/**
 * A gang that holds GPUs.
 *
 * @param id the application attempt
 * @param members where they run
 * @param waitedMs how long it waited before it started, at least 0
 */
public record RunningGang(GangId id, ImmutableList<Placement.Member> members, long waitedMs) {}
