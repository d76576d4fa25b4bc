package org.yarngpu.sim.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.yarngpu.sim.JobRecord;
import org.yarngpu.sim.RunResult;
import org.yarngpu.sim.Timeline;
import org.yarngpu.sim.Timeline.Bucket;

class CurvesTest {
  private static RunResult withTimeline(ImmutableList<Bucket> timeline) {
    RunResult run = SampleRuns.waiting("fifo", 1, 1);
    return new RunResult(
        run.workload(),
        run.host(),
        run.policy(),
        run.conditions(),
        run.installedGpus(),
        run.jobs(),
        run.usefulGpuMs(),
        timeline,
        run.segments(),
        run.events(),
        run.wallMs());
  }

  @Test
  void sharesAreOfAllJobsAtTimesOfEqualRatio() {
    RunResult run =
        SampleRuns.run(
            "fifo",
            1,
            SampleRuns.done(SampleRuns.job("a", "", "", 0, 100, 1), 0, 100),
            SampleRuns.done(SampleRuns.job("b", "", "", 0, 50, 1), 50, 100),
            SampleRuns.never(SampleRuns.job("c", "", "", 0, 50, 1)),
            SampleRuns.done(SampleRuns.job("d", "", "", 0, 90, 1), 10, 100));
    CdfCurves curves = new CdfCurves(List.of(run), 3);
    assertThat(curves.seconds()).containsExactly(1, 10, 100);
    assertThat(curves.shares(run, JobRecord::waitMs)).containsExactly(0.25, 0.5, 0.75);
    assertThat(curves.shares(run, JobRecord::jctMs)).containsExactly(0, 0, 0.75);
  }

  @Test
  void aRunWithoutAnEndHasAFlatCurve() {
    RunResult run =
        SampleRuns.run("fifo", 1, SampleRuns.never(SampleRuns.job("c", "", "", 0, 50, 1)));
    CdfCurves curves = new CdfCurves(List.of(run), 2);
    assertThat(curves.seconds()).containsExactly(1, 10);
    assertThat(curves.shares(run, JobRecord::waitMs)).containsExactly(0, 0);
  }

  /** Buckets of 1 s and of 2 s, told in steps of 3 s: areas are kept. */
  @Test
  void timelinesOfUnequalBucketsShareSteps() {
    RunResult fine =
        withTimeline(
            ImmutableList.of(
                new Bucket(0, 3, 0),
                new Bucket(1_000, 6, 0),
                new Bucket(2_000, 0, 3),
                new Bucket(3_000, 4, 0)));
    RunResult coarse =
        withTimeline(
            ImmutableList.of(
                new Bucket(0, 6, 0), new Bucket(2_000, 3, 0), new Bucket(4_000, 9, 0)));
    TimelineCurves curves = new TimelineCurves(List.of(fine, coarse), 2);
    assertThat(curves.stepMs()).isEqualTo(3_000);
    assertThat(curves.means(fine, Bucket::gpusInUse))
        .containsExactly(new double[] {3, 4}, within(1e-9));
    assertThat(curves.means(fine, Bucket::waitingJobs))
        .containsExactly(new double[] {1, 0}, within(1e-9));
    assertThat(curves.means(coarse, Bucket::gpusInUse))
        .containsExactly(new double[] {5, 7}, within(1e-9));
  }

  @Test
  void noTimelineIsNoCurve() {
    RunResult run = withTimeline(new Timeline().buckets());
    assertThat(new TimelineCurves(List.of(run), 10).means(run, Bucket::gpusInUse)).isEmpty();
  }
}
