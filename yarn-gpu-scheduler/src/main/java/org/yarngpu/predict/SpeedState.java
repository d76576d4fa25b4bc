package org.yarngpu.predict;

/**
 * How fast a GPU model was for a group of jobs.
 *
 * @param runs observed, in [1, 50]
 * @param sum of the speeds of about the last 50 runs
 */
public record SpeedState(GroupKey key, String model, int runs, double sum) {}
