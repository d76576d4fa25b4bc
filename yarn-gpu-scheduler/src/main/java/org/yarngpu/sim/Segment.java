package org.yarngpu.sim;

/**
 * GPUs of one node held by one job for some time, for the Gantt chart.
 *
 * @param jobId whose
 * @param node name
 * @param gpus held
 * @param fromMs inclusive
 * @param toMs exclusive
 */
public record Segment(String jobId, String node, int gpus, long fromMs, long toMs) {}
