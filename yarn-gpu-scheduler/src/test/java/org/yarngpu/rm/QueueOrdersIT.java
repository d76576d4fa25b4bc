package org.yarngpu.rm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yarngpu.testing.Eventually;
import org.yarngpu.testing.LocalYarn;
import org.yarngpu.testing.TestAm;

/** Who goes first within root.a and root.b. One node of four GPUs; a job takes all of them. */
class QueueOrdersIT {
  private static final String ORDER_OF_A = "yarn.scheduler.gpu.queue.root.a.order";
  private static final String STARVE_AFTER = "yarn.scheduler.gpu.order.starve-after-ms";
  private static final String LATE_FACTOR = "yarn.scheduler.gpu.order.late-factor";
  private static final String PREEMPTION = "yarn.scheduler.gpu.preemption";
  private static final String LATE =
      "Late: by the order of submission it would run by now, so it comes first.";
  private static LocalYarn yarn;

  @BeforeAll
  static void start(@TempDir Path folder) {
    yarn =
        LocalYarn.of(1, 4)
            .restartable(folder)
            .with("yarn.scheduler.gpu.history.dir", folder.resolve("history").toUri().toString())
            .with(ORDER_OF_A, "fifo")
            .with("root.b.user-settings.vip.weight", "20")
            .with("root.b.minimum-user-limit-percent", "5")
            .start();
  }

  @AfterAll
  static void stop() {
    yarn.close();
  }

  @AfterEach
  void nothingIsLeft() {
    yarn.endAll();
  }

  private static TestAm waiting(String queue, String user, String name, String value) {
    TestAm job =
        TestAm.on(yarn)
            .queue(queue)
            .user(user)
            .name(user + " " + value)
            .gang(4)
            .property(name, value)
            .register()
            .ask(4);
    job.awaitReason("NOT_ENOUGH_FREE_GPUS");
    return job;
  }

  private static TestAm holder() {
    return TestAm.on(yarn).gang(4).register().ask(4).awaitHeld(4);
  }

  private static void awaitShown(TestAm job, String pattern) {
    Eventually.await(
        Duration.ofSeconds(30),
        () -> pattern + " in " + job.diagnostics(),
        () -> Pattern.compile(pattern).matcher(job.diagnostics()).find());
  }

  private static void assertFirst(TestAm holder, TestAm first, TestAm other) {
    holder.finish();
    first.awaitHeld(4);
    other.receivesNothingFor(Duration.ofSeconds(1));
    first.finish();
    other.awaitHeld(4).finish();
  }

  @Test
  void eachQueueHasItsOrderAndARefreshChangesIt() throws IOException {
    TestAm holder = holder();
    TestAm slow = waiting("root.a", "ann", "GPU_RUNTIME", "10h");
    TestAm quick = waiting("root.a", "ann", "GPU_RUNTIME", "1m");
    awaitShown(quick, "Tier: (guaranteed|borrowed)\\. Order: fifo, priority 0, submitted 20");
    assertFirst(holder, slow, quick);

    holder = holder();
    slow = waiting("root.b", "bob", "GPU_RUNTIME", "10h");
    quick = waiting("root.b", "bob", "GPU_RUNTIME", "1m");
    awaitShown(slow, "Order: predicted, priority 0, index ");
    assertFirst(holder, quick, slow);

    assertThatThrownBy(() -> yarn.refreshQueues(Map.of(ORDER_OF_A, "fast")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(ORDER_OF_A + " is \"fast\" but must be predicted, fifo");

    holder = holder();
    slow = waiting("root.a", "cid", "GPU_DEADLINE", "10h");
    quick = waiting("root.a", "cid", "GPU_DEADLINE", "1h");
    awaitShown(slow, "Order: fifo");
    yarn.refreshQueues(Map.of(ORDER_OF_A, "deadline"));
    try {
      awaitShown(slow, "Order: deadline, priority 0, due 20");
      assertFirst(holder, quick, slow);
    } finally {
      yarn.refreshQueues(Map.of(ORDER_OF_A, "fifo"));
    }
  }

  @Test
  void whoHasUsedMoreOfLateGoesAfterWhoHasNot() throws IOException {
    yarn.refreshQueues(Map.of(ORDER_OF_A, "fair-over-time"));
    try {
      TestAm used =
          TestAm.on(yarn).queue("root.a").user("dan").gang(4).register().ask(4).awaitHeld(4);
      TestAm again = waiting("root.a", "dan", "GPU_RUNTIME", "1m");
      TestAm other = waiting("root.a", "eve", "GPU_RUNTIME", "10h");
      awaitShown(again, "Order: fair-over-time, priority 0, used and ahead [1-9][0-9]*\\.");
      awaitShown(other, "Order: fair-over-time, priority 0, used and ahead 0\\.000 GPU-s");
      assertFirst(used, other, again);
    } finally {
      yarn.refreshQueues(Map.of(ORDER_OF_A, "fifo"));
    }
  }

  @Test
  void whoHasUsedMoreGoesAfterWhoHasNotAfterARestartToo() throws IOException {
    yarn.refreshQueues(Map.of(ORDER_OF_A, "fair-over-time"));
    try {
      TestAm used =
          TestAm.on(yarn).queue("root.a").user("gil").gang(4).register().ask(4).awaitHeld(4);
      used.receivesNothingFor(Duration.ofSeconds(2)); // less than a GPU second is forgotten
      used.finish();
      yarn.endAll();
      restart();
      TestAm holder = holder();
      TestAm again = waiting("root.a", "gil", "GPU_RUNTIME", "1m");
      TestAm other = waiting("root.a", "hal", "GPU_RUNTIME", "10h");
      awaitShown(again, "Order: fair-over-time, priority 0, used and ahead [1-9][0-9]*\\.");
      awaitShown(other, "Order: fair-over-time, priority 0, used and ahead 0\\.000 GPU-s");
      assertFirst(holder, other, again);
    } finally {
      yarn.refreshQueues(Map.of(ORDER_OF_A, "fifo"));
    }
  }

  /** Each of the four GPUs for all of the time, also that in which there was no ResourceManager. */
  @Test
  void whatRunsDuringARestartCountsForAllOfItsTime() throws IOException {
    yarn.refreshQueues(Map.of(ORDER_OF_A, "fair-over-time"));
    try {
      TestAm runs = TestAm.on(yarn).queue("root.a").user("ivo").gang(4).register().ask(4);
      long askedMs = System.currentTimeMillis();
      runs.awaitHeld(4);
      long heldMs = System.currentTimeMillis();
      runs.start(runs.held());
      restart();
      runs.beat();
      long restartedMs = System.currentTimeMillis();
      TestAm again = waiting("root.a", "ivo", "GPU_RUNTIME", "1m");
      Pattern used = Pattern.compile("used and ahead ([0-9.]+) GPU-s");
      awaitShown(again, used.pattern());
      Matcher shown = used.matcher(again.diagnostics());
      assertThat(shown.find()).isTrue();
      assertThat(1000 * Double.parseDouble(shown.group(1)))
          .isBetween(4.0 * (restartedMs - heldMs), 4.0 * (System.currentTimeMillis() - askedMs));
      runs.finish();
      again.awaitHeld(4);
    } finally {
      yarn.refreshQueues(Map.of(ORDER_OF_A, "fifo"));
    }
  }

  /** By index the narrow one would be first. Who is late is looked at each minute. */
  @Test
  void whoIsLateComesFirstAndIsToldSoUnlessItIsTheLargest() throws IOException {
    TestAm holder = holder();
    TestAm largest = saving("ida", 4, "20h");
    TestAm wide = saving("jan", 4, "1s");
    TestAm narrow = saving("kim", 2, "1s");
    assertThat(wide.diagnostics()).contains("Order: predicted").doesNotContain("Late:");
    yarn.refreshQueues(Map.of(PREEMPTION, "on", STARVE_AFTER, "1000", LATE_FACTOR, "0.0001"));
    try {
      Eventually.await(
          Duration.ofSeconds(150), // ten times what it may run: little is known of it
          () -> "it is late: " + wide.diagnostics(),
          () -> {
            wide.beat();
            return wide.diagnostics().contains(LATE);
          });
      largest.beat();
      assertThat(largest.diagnostics()).contains("Order: predicted").doesNotContain("Late:");
      yarn.refreshQueues(Map.of(PREEMPTION, "observe"));
      Eventually.await(
          Duration.ofSeconds(30),
          () -> "it is not late where nobody is evicted: " + wide.diagnostics(),
          () -> {
            wide.beat();
            return !wide.diagnostics().contains(LATE);
          });
      yarn.refreshQueues(Map.of(PREEMPTION, "on"));
      holder.finish();
      wide.awaitHeld(4);
      narrow.receivesNothingFor(Duration.ofSeconds(1));
      wide.finish();
      narrow.awaitHeld(2).finish();
      largest.awaitHeld(4).finish();
    } finally {
      yarn.refreshQueues(Map.of(PREEMPTION, "observe", STARVE_AFTER, "43200000", LATE_FACTOR, "1"));
    }
  }

  private static TestAm saving(String user, int gpus, String runtime) {
    TestAm job =
        TestAm.on(yarn)
            .queue("root.b")
            .user(user)
            .name(user + " " + runtime)
            .gang(gpus)
            .property("GPU_RUNTIME", runtime)
            .property("GPU_CHECKPOINT", "10m")
            .register()
            .ask(gpus);
    job.awaitReason("NOT_ENOUGH_FREE_GPUS");
    return job;
  }

  private static void restart() {
    yarn.restartResourceManager();
    yarn.awaitNodes(1);
  }

  @Test
  void theWeightOfAUserInCapacitySchedulerCounts() {
    TestAm holder = holder();
    TestAm shorter = waiting("root.b", "fay", "GPU_RUNTIME", "1h");
    TestAm weighty = waiting("root.b", "vip", "GPU_RUNTIME", "2h");
    assertFirst(holder, weighty, shorter);
  }
}
