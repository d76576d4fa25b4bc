package org.yarngpu.rm;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.hadoop.yarn.api.records.Priority;
import org.apache.hadoop.yarn.api.records.ResourceRequest;
import org.apache.hadoop.yarn.server.resourcemanager.rmcontainer.RMContainer;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.common.fica.FiCaSchedulerApp;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.yarngpu.testing.Eventually;
import org.yarngpu.testing.LocalYarn;
import org.yarngpu.testing.TestAm;

/** A commit that fails at its sixth member of eight: nothing may be left of it. */
class RollbackIT {
  private static final int SIXTH_MEMBER = 6;
  private static LocalYarn yarn;

  /** Lets something happen in the middle of a commit. */
  public static final class Interrupted extends GpuScheduler {
    private static final AtomicReference<Runnable> MIDWAY = new AtomicReference<>(() -> {});
    private static final AtomicInteger MEMBERS_LEFT = new AtomicInteger();

    static void midway(Runnable action) {
      MIDWAY.set(action);
      MEMBERS_LEFT.set(SIXTH_MEMBER);
    }

    static boolean isDone() {
      return MEMBERS_LEFT.get() == 0;
    }

    @Override
    YarnPlanExecutor executor() {
      return new YarnPlanExecutor(this) {
        @Override
        @Nullable RMContainer book(Slot slot, FiCaSchedulerApp app) {
          if (MEMBERS_LEFT.get() > 0 && MEMBERS_LEFT.decrementAndGet() == 0) {
            MIDWAY.get().run();
          }
          return super.book(slot, app);
        }
      };
    }
  }

  @BeforeAll
  static void start() {
    yarn = LocalYarn.of(3, 4).scheduler(Interrupted.class.getName()).start();
  }

  @AfterAll
  static void stop() {
    yarn.close();
  }

  @AfterEach
  void nothingIsLeft() {
    yarn.endAll();
  }

  @Test
  void aMemberThatIsRefusedTakesTheOthersBack() {
    TestAm gang = TestAm.on(yarn).gang(8).register();
    Interrupted.midway(
        () -> {
          FiCaSchedulerApp app = yarn.scheduler().getApplicationAttempt(gang.attempt());
          boolean withdrawn =
              app.updateResourceRequests(
                  List.of(
                      ResourceRequest.newInstance(
                          Priority.newInstance(1), "*", TestAm.size(64, 1, 1), 0)));
          assertThat(withdrawn).isTrue();
        });
    gang.ask(8);
    Eventually.await(
        Duration.ofSeconds(10),
        () -> "the commit is interrupted",
        () -> {
          gang.beat();
          return Interrupted.isDone();
        });
    gang.receivesNothingFor(Duration.ofSeconds(1));
    assertThat(yarn.books().usedGpus()).isZero();
    yarn.assertBooksAreExact();
    gang.ask(8).awaitHeld(8);
    assertThat(gang.deliveries()).containsExactly(8);
    assertThat(yarn.books().usedGpus()).isEqualTo(8);
    yarn.assertBooksAreExact();
  }

  @Test
  void anExceptionInTheMiddleOfACommitLeavesNothingBehind() {
    Interrupted.midway(
        () -> {
          throw new IllegalStateException("in the middle of a commit, as the test wants it");
        });
    TestAm gang = TestAm.on(yarn).gang(8).register().ask(8).awaitHeld(8);
    assertThat(Interrupted.isDone()).isTrue();
    assertThat(gang.deliveries()).containsExactly(8);
    assertThat(yarn.books().usedGpus()).isEqualTo(8);
    yarn.assertBooksAreExact();
  }
}
