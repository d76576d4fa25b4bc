package org.yarngpu.sim.workload;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableSortedMap;

/**
 * What a generated workload looks like. The defaults are round numbers of the order that published
 * GPU traces have; they are fitted to none.
 *
 * @param jobs in all, at least 1
 * @param days that submissions spread over, at least 1
 * @param users each as active as the other, at least 1
 * @param recurringShare of all jobs, those that belong to a recurring group, in [0, 1]
 * @param runsPerGroup mean number of runs of one group, at least 1
 * @param groupMedianSeconds median over groups of a group's own median run time, above 0
 * @param groupSpread sigma of its logarithm between groups, at least 0
 * @param groupSigma sigma of the logarithm of run times within a group, at least 0; 0.2 makes two
 *     of three runs end within 22 percent of their median
 * @param oneOffMedianSeconds median run time of jobs that belong to no group, above 0
 * @param oneOffSigma sigma of its logarithm, at least 0
 * @param earlyFailureShare of all jobs, those that end early, in [0, 1]
 * @param earlyFailureSecondsMax they end at a uniform time up to this, or when they would have
 *     ended, above 0
 * @param gpuWeights how often each number of GPUs is asked for, relative to the others
 * @param gpusPerMemberMax a job of more GPUs has several members of so many, at least 1
 * @param diurnalAmplitude how far submissions per hour rise above and fall below their mean over
 *     the day, in [0, 1]
 * @param peakHour of the day with the most submissions, in [0, 24)
 * @param estimateMedianFactor median of the users' estimate / run time without failure, at least 1
 * @param estimateSigma sigma of its logarithm; estimates below the run time are raised to it, and
 *     all are rounded up to five minutes, since users give round numbers
 * @param checkpointShare of all jobs, those that declare a checkpoint interval, in [0, 1]
 * @param checkpointSeconds that interval, above 0; the other jobs declare none
 */
public record SyntheticSettings(
    int jobs,
    int days,
    int users,
    double recurringShare,
    int runsPerGroup,
    double groupMedianSeconds,
    double groupSpread,
    double groupSigma,
    double oneOffMedianSeconds,
    double oneOffSigma,
    double earlyFailureShare,
    double earlyFailureSecondsMax,
    ImmutableSortedMap<Integer, Double> gpuWeights,
    int gpusPerMemberMax,
    double diurnalAmplitude,
    double peakHour,
    double estimateMedianFactor,
    double estimateSigma,
    double checkpointShare,
    double checkpointSeconds) {

  public SyntheticSettings {
    atLeast("jobs", jobs, 1);
    atLeast("days", days, 1);
    atLeast("users", users, 1);
    share("recurringShare", recurringShare);
    atLeast("runsPerGroup", runsPerGroup, 1);
    above0("groupMedianSeconds", groupMedianSeconds);
    atLeast("groupSpread", groupSpread, 0);
    atLeast("groupSigma", groupSigma, 0);
    above0("oneOffMedianSeconds", oneOffMedianSeconds);
    atLeast("oneOffSigma", oneOffSigma, 0);
    share("earlyFailureShare", earlyFailureShare);
    above0("earlyFailureSecondsMax", earlyFailureSecondsMax);
    checkArgument(!gpuWeights.isEmpty(), "gpuWeights must name a number of GPUs");
    gpuWeights.forEach(
        (gpus, weight) -> {
          atLeast("a number of gpuWeights", gpus, 1);
          above0("a weight of gpuWeights", weight);
        });
    atLeast("gpusPerMemberMax", gpusPerMemberMax, 1);
    share("diurnalAmplitude", diurnalAmplitude);
    checkArgument(0 <= peakHour && peakHour < 24, "peakHour (%s) must lie in [0, 24)", peakHour);
    atLeast("estimateMedianFactor", estimateMedianFactor, 1);
    atLeast("estimateSigma", estimateSigma, 0);
    share("checkpointShare", checkpointShare);
    above0("checkpointSeconds", checkpointSeconds);
  }

  /** A fortnight of a team of 40 that mostly runs the same jobs again. */
  public static SyntheticSettings usual() {
    return new SyntheticSettings(
        5000,
        14,
        40,
        0.6,
        25,
        3600,
        1.2,
        0.2,
        1200,
        1.8,
        0.15,
        300,
        ImmutableSortedMap.<Integer, Double>naturalOrder()
            .put(1, 0.60)
            .put(2, 0.10)
            .put(4, 0.10)
            .put(8, 0.13)
            .put(16, 0.05)
            .put(32, 0.02)
            .build(),
        8,
        0.6,
        15,
        3,
        0.8,
        0.5,
        900);
  }

  private static void atLeast(String name, double value, double least) {
    checkArgument(
        value >= least && value < Double.POSITIVE_INFINITY,
        "%s (%s) must be at least %s",
        name,
        value,
        least);
  }

  private static void above0(String name, double value) {
    checkArgument(
        value > 0 && value < Double.POSITIVE_INFINITY, "%s (%s) must be above 0", name, value);
  }

  private static void share(String name, double value) {
    checkArgument(0 <= value && value <= 1, "%s (%s) must lie in [0, 1]", name, value);
  }
}
