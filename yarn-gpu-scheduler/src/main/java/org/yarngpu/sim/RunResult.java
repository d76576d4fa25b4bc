package org.yarngpu.sim;

import com.google.common.collect.ImmutableList;

/**
 * What one workload became under one policy.
 *
 * @param workload its name
 * @param host {@code fast} or {@code real}
 * @param policy as the command names it; on the real host the scheduler's class without its package
 * @param conditions that it assumed
 * @param installedGpus of the whole cluster
 * @param jobs all of them, in the order of submission
 * @param usefulGpuMs GPU time within the arrival window in which members computed
 * @param timeline how full the cluster was
 * @param segments who held what where, for the Gantt chart; the run may have kept only the first
 *     ones
 * @param events that the run handled
 * @param wallMs how long the run took on the wall clock; the only part that differs from run to run
 */
public record RunResult(
    String workload,
    String host,
    String policy,
    Conditions conditions,
    int installedGpus,
    ImmutableList<JobRecord> jobs,
    long usefulGpuMs,
    ImmutableList<Timeline.Bucket> timeline,
    ImmutableList<Segment> segments,
    long events,
    long wallMs) {}
