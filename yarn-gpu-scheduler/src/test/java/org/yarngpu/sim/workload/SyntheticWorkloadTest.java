package org.yarngpu.sim.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.Multimaps;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.yarngpu.sim.Job;
import org.yarngpu.sim.Workload;
import org.yarngpu.testing.Seeded;

/**
 * Moments of 20,000 jobs of one seed. Tolerances are wide on purpose: shares within 2 percentage
 * points (about five standard errors), medians and sigmas within 15 percent.
 */
class SyntheticWorkloadTest {

  private static final SyntheticSettings SETTINGS =
      new SyntheticSettings(
          20_000,
          20,
          10,
          0.5,
          50,
          3600,
          1.0,
          0.3,
          1200,
          1.5,
          0.1,
          60,
          ImmutableSortedMap.of(1, 6.0, 8, 3.0, 32, 1.0),
          8,
          0.5,
          15,
          3,
          0.5,
          0.25,
          600);

  private static final Workload WORKLOAD = SyntheticWorkload.of(SETTINGS, 7);

  private static double share(Predicate<Job> property) {
    return (double) WORKLOAD.jobs().stream().filter(property).count() / WORKLOAD.jobs().size();
  }

  private static double median(Collection<Job> jobs, ToDoubleFunction<Job> value) {
    List<Double> sorted = jobs.stream().map(value::applyAsDouble).sorted().toList();
    return sorted.get(sorted.size() / 2);
  }

  /** Runs of more than a minute: early failures end before. */
  private static List<Job> whole(Predicate<Job> property) {
    return WORKLOAD.jobs().stream().filter(job -> job.runMs() > 60_000).filter(property).toList();
  }

  private static double sigmaOfLog(Collection<Job> jobs) {
    double mean =
        jobs.stream().mapToDouble(job -> Math.log((double) job.runMs())).average().orElseThrow();
    return Math.sqrt(
        jobs.stream()
            .mapToDouble(job -> Math.pow(Math.log((double) job.runMs()) - mean, 2))
            .average()
            .orElseThrow());
  }

  @Test
  void equalSeedsGiveEqualBytes() throws IOException {
    StringBuilder first = new StringBuilder();
    StringBuilder second = new StringBuilder();
    StringBuilder other = new StringBuilder();
    TraceWriter.write(SyntheticWorkload.of(SETTINGS, 3), first);
    TraceWriter.write(SyntheticWorkload.of(SETTINGS, 3), second);
    TraceWriter.write(SyntheticWorkload.of(SETTINGS, 4), other);
    assertThat(second.toString()).isEqualTo(first.toString());
    assertThat(other.toString()).isNotEqualTo(first.toString());
  }

  @Test
  void sharesAreThoseThatWereAskedFor() {
    assertThat(WORKLOAD.jobs()).hasSize(20_000);
    assertThat(share(job -> !job.group().isEmpty())).isCloseTo(0.5, within(0.02));
    assertThat(share(job -> job.checkpointMs().isPresent())).isCloseTo(0.25, within(0.02));
    assertThat(share(job -> job.runMs() <= 60_000)).isBetween(0.09, 0.14);
  }

  /** One-off jobs draw their size each; a group only once, so fewer draws are behind the rest. */
  @Test
  void sizesFollowTheirWeights() {
    List<Job> oneOff = WORKLOAD.jobs().stream().filter(job -> job.group().isEmpty()).toList();
    double wide = oneOff.stream().filter(job -> job.gpus() == 32).count();
    assertThat(wide / oneOff.size()).isCloseTo(0.1, within(0.02));
    assertThat(WORKLOAD.jobs())
        .allSatisfy(job -> assertThat(job.gpusPerMember()).isEqualTo(Math.min(8, job.gpus())));
  }

  @Test
  void runTimesHaveTheirMedianAndSpread() {
    List<Job> oneOff = whole(job -> job.group().isEmpty());
    assertThat(median(oneOff, Job::runMs)).isCloseTo(1_200_000, within(180_000.0));
    ImmutableListMultimap<String, Job> groups =
        Multimaps.index(whole(job -> !job.group().isEmpty()), Job::group);
    assertThat(groups.keySet()).hasSize(200);
    double sigma =
        groups.asMap().values().stream()
            .mapToDouble(SyntheticWorkloadTest::sigmaOfLog)
            .average()
            .orElseThrow();
    assertThat(sigma).isCloseTo(0.3, within(0.045));
  }

  @Test
  void aGroupHasOneUserAndOneSize() {
    Multimaps.index(WORKLOAD.jobs(), Job::group)
        .asMap()
        .forEach(
            (group, runs) -> {
              if (!group.isEmpty()) {
                assertThat(runs.stream().map(Job::user).distinct()).hasSize(1);
                assertThat(runs.stream().map(Job::gpus).distinct()).hasSize(1);
              }
            });
  }

  /** With amplitude 0.5 three times as many come around the peak as twelve hours from it. */
  @Test
  void submissionsFollowTheDay() {
    double atPeak = share(job -> Math.floorDiv(job.submitMs(), 3_600_000L) % 24 / 2 == 7);
    double atNight = share(job -> Math.floorDiv(job.submitMs(), 3_600_000L) % 24 / 2 == 1);
    assertThat(atPeak / atNight).isBetween(2.3, 3.7);
    assertThat(WORKLOAD.arrivalWindowMs()).isBetween(19L * 86_400_000, 20L * 86_400_000);
  }

  @Test
  void usersOverEstimate() {
    assertThat(WORKLOAD.jobs())
        .allSatisfy(
            job -> {
              assertThat(job.estimateMs().orElseThrow()).isGreaterThanOrEqualTo(job.runMs());
              assertThat(job.estimateMs().orElseThrow() % 300_000).isZero();
            });
    List<Job> hours = whole(job -> job.runMs() > 3_600_000);
    assertThat(median(hours, job -> (double) job.estimateMs().orElseThrow() / job.runMs()))
        .isCloseTo(3, within(0.45));
  }

  @Seeded(runs = 50)
  void anySettingsGiveTheJobsThatWereAskedFor(SplittableRandom random) {
    SyntheticSettings settings =
        new SyntheticSettings(
            1 + random.nextInt(40),
            1 + random.nextInt(3),
            1 + random.nextInt(3),
            random.nextInt(3) / 2.0,
            1 + random.nextInt(10),
            0.001 + random.nextInt(1000),
            random.nextInt(4),
            random.nextInt(4),
            0.001 + random.nextInt(1000),
            random.nextInt(4),
            random.nextInt(3) / 2.0,
            1,
            ImmutableSortedMap.of(1 + random.nextInt(40), 1.0),
            1 + random.nextInt(8),
            random.nextInt(3) / 2.0,
            random.nextInt(24),
            1,
            random.nextInt(3),
            random.nextInt(3) / 2.0,
            60);
    Workload workload = SyntheticWorkload.of(settings, random.nextLong());
    assertThat(workload.jobs()).hasSize(settings.jobs());
    assertThat(workload.jobs())
        .allSatisfy(
            job -> assertThat(job.gpus()).isEqualTo(settings.gpuWeights().firstKey().intValue()));
  }

  @Test
  void settingsOutOfRangeAreRefusedByName() {
    assertThatThrownBy(
            () ->
                new SyntheticSettings(
                    1,
                    1,
                    1,
                    1.5,
                    1,
                    1,
                    1,
                    1,
                    1,
                    1,
                    0,
                    1,
                    ImmutableSortedMap.of(1, 1.0),
                    1,
                    0,
                    0,
                    1,
                    0,
                    0,
                    1))
        .hasMessage("recurringShare (1.5) must lie in [0, 1]");
  }
}
