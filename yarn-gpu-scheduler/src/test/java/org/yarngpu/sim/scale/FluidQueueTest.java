package org.yarngpu.sim.scale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.yarngpu.sim.scale.FluidQueue.Judged;

class FluidQueueTest {
  private static final double RATE = 2;

  @Test
  void nobodyWaitsBelowFullUse() {
    FluidQueue queue = new FluidQueue(RATE, 0.5, 0, 10);
    queue.pass(0, 60_000, 20, Judged.YES);
    assertThat(queue.violationShare()).isZero();
    assertThat(queue.backlog()).isZero();
    assertThat(queue.meanReplicas()).isEqualTo(10);
  }

  @Test
  void aWaitIsWhatWaitsBeforeOverTheCapacity() {
    FluidQueue queue = new FluidQueue(RATE, 0.5, 0, 10);
    queue.pass(0, 4_000, 25, Judged.YES); // 10 wait, half a second, after 2 s
    assertThat(queue.backlog()).isCloseTo(20, within(1e-9));
    assertThat(queue.violationShare()).isCloseTo(0.5, within(1e-9));
    queue.pass(4_000, 8_000, 15, Judged.YES); // below 10 again after 2 s
    assertThat(queue.backlog()).isZero();
    assertThat(queue.violationShare()).isCloseTo((50 + 30) / 160.0, within(1e-9));
  }

  @Test
  void aReplicaServesAfterItsStartDelay() {
    FluidQueue queue = new FluidQueue(RATE, 0.5, 5_000, 1);
    queue.scaleTo(2, 0);
    queue.pass(0, 10_000, 4, Judged.YES);
    assertThat(queue.backlog()).isCloseTo(10, within(1e-9));
    assertThat(queue.meanReplicas()).isEqualTo(2);
  }

  @Test
  void whatStartsIsStoppedFirst() {
    FluidQueue queue = new FluidQueue(RATE, 0.5, 60_000, 3);
    queue.scaleTo(10, 0);
    queue.scaleTo(12, 0);
    queue.scaleTo(4, 0);
    assertThat(queue.replicas()).isEqualTo(4);
    queue.scaleTo(3, 0);
    queue.pass(0, 10_000, 6, Judged.YES);
    assertThat(queue.violationShare()).isZero();
  }

  @Test
  void withoutReplicasEveryRequestWaitsTooLong() {
    FluidQueue queue = new FluidQueue(RATE, 0.5, 0, 0);
    queue.pass(0, 10_000, 1, Judged.YES);
    assertThat(queue.violationShare()).isEqualTo(1);
  }

  @Test
  void whatIsNotJudgedLeavesOnlyItsBacklog() {
    FluidQueue queue = new FluidQueue(RATE, 0.5, 0, 1);
    queue.pass(0, 10_000, 3, Judged.NO);
    queue.pass(10_000, 11_000, 1, Judged.YES);
    assertThat(queue.violationShare()).isEqualTo(1);
    assertThat(queue.meanReplicas()).isEqualTo(1);
  }
}
