package org.yarngpu.sim.fast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.yarngpu.testing.SimJobs.job;
import static org.yarngpu.testing.SimJobs.workload;

import com.google.common.collect.ImmutableList;
import java.util.Collections;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.yarngpu.model.AskKey;
import org.yarngpu.model.NodeId;
import org.yarngpu.model.Placement.Member;
import org.yarngpu.model.Resources;
import org.yarngpu.model.WidthScaling;
import org.yarngpu.sim.Conditions;
import org.yarngpu.sim.Elasticity;
import org.yarngpu.sim.Inventory;
import org.yarngpu.sim.Job;
import org.yarngpu.sim.Widths;

class JobRunTest {
  private static final Job JOB = job("A", 0, 1_000, 4);

  private static ImmutableList<Member> members(int count) {
    return ImmutableList.copyOf(
        Collections.nCopies(
            count, new Member(new AskKey(0, 0), new Resources(0, 0, 1), new NodeId("n1"))));
  }

  private static JobRun elastic(WidthScaling truth) {
    return new JobRun(
        JOB,
        0,
        "root.default",
        JobRun.Owner.ITS_QUEUE,
        Optional.of(new Widths(2, 8)),
        SimModels.of(Inventory.uniform(1, 8), workload(JOB)),
        Conditions.IDEAL.withElasticity(new Elasticity(1, 0.5, 2, truth)));
  }

  /** What a forecaster learns is its run time at the width of its trace. */
  @Test
  void theWorkOfAJobIsItsRunTimeWhateverItsWidths() {
    JobRun job = elastic(WidthScaling.ASSUMED);
    job.start(members(2), 1, 0);
    job.advance(600_000);
    job.resize(600_000);
    long endMs = job.resized(members(8), 1, 600_000);
    job.advance(endMs);
    job.end(endMs);
    assertThat(endMs).isLessThan(1_000_000);
    assertThat(job.workMs()).isBetween(1_000_000L, 1_000_002L);
    assertThat(job.attainedMs()).isEqualTo(endMs);
    assertThat(job.attainedServiceMs()).isEqualTo(600_000 * 2 + (endMs - 600_000) * 8);
  }

  /** A scheduler cannot know how a job scales: it counts by what it assumes. */
  @Test
  void whatASchedulerKnowsOfTheWorkIsWhatItAssumes() {
    JobRun job = elastic(new WidthScaling(0.5));
    job.start(members(8), 1, 0);
    job.advance(100_000);
    assertThat(job.speed()).isEqualTo(Math.pow(2, 0.9));
    assertThat(job.workMs()).isEqualTo((long) (100_000 * Math.pow(2, 0.9)));
    assertThat(job.remainingMs()).isEqualTo((long) Math.ceil(1_000_000 / Math.sqrt(2)) - 100_000);
  }
}
