package org.yarngpu.predict;

import com.google.common.primitives.ImmutableDoubleArray;

/**
 * What is known about one group of jobs.
 *
 * @param key of the group
 * @param runs finished runs, at least 1
 * @param mean of ln runtime seconds, of about the last 20; at the level of declared runtimes that
 *     of ln (runtime / declared)
 * @param variance about that mean, at least 0
 * @param longest the largest of what {@code mean} is the mean of
 * @param stretch of quantiles above the median, in [0.5, 3]; moves only where the group is all jobs
 *     of a user, elsewhere 1
 * @param hits decayed count of forecasts within a factor of 2
 * @param judged decayed count of judged forecasts, in [0, 20]
 * @param ratios runtime / forecast of the last judged runs, oldest first, at most 32
 * @param lastJudged what {@code mean} is the mean of, for the last judged runs, oldest first, at
 *     most 3
 * @param doubt forecasts in a row that were less than half of the runtime, in [0, 5], and of a
 *     group in doubt, that had five, one more for a hit since; in [0, 6]
 */
public record KeyState(
    GroupKey key,
    int runs,
    double mean,
    double variance,
    double longest,
    double stretch,
    double hits,
    double judged,
    ImmutableDoubleArray ratios,
    ImmutableDoubleArray lastJudged,
    int doubt) {}
