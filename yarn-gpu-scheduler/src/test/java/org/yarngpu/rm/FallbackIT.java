package org.yarngpu.rm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yarngpu.journal.Cycle;
import org.yarngpu.journal.JournalException;
import org.yarngpu.journal.JournalReader;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Gang;
import org.yarngpu.model.PolicyName;
import org.yarngpu.planner.Planner;
import org.yarngpu.policy.order.CapacityOrder;
import org.yarngpu.policy.order.LeafOrder;
import org.yarngpu.testing.Eventually;
import org.yarngpu.testing.LocalYarn;
import org.yarngpu.testing.TestAm;

/** A policy that throws costs order, never the ResourceManager. */
class FallbackIT {
  private static LocalYarn yarn;
  private static volatile boolean broken;

  @TempDir private static Path logs;

  /** A scheduler whose order can be broken. */
  public static final class Breakable extends GpuScheduler {
    @Override
    Planner planner(PolicyName policy) {
      CapacityOrder order = new CapacityOrder(LeafOrder.SUBMISSION);
      return Planner.withFirmReservation(
          (ClusterSnapshot snapshot, String partition, Iterable<Gang> gangs) -> {
            if (broken) {
              throw new IllegalStateException("a broken policy, as the test wants it");
            }
            return order.turns(snapshot, partition, gangs);
          });
    }
  }

  @BeforeAll
  static void start() throws IOException {
    System.setProperty("hadoop.log.dir", logs.toString());
    yarn =
        LocalYarn.of(2, 4)
            .scheduler(Breakable.class.getName())
            .with("yarn.scheduler.gpu.cycle.period-max-ms", "100")
            .with("yarn.scheduler.gpu.fallback.retry-ms", "100")
            .with(
                "yarn.scheduler.gpu.journal.dir",
                Files.createDirectory(logs.resolve("journal")).toString())
            .start();
  }

  @AfterAll
  static void stop() {
    yarn.close();
  }

  @Test
  void aFailingPlannerHandsTheAsksToTheStockPathAndTakesThemBack() throws Exception {
    broken = true;
    TestAm gang = TestAm.on(yarn).gang(8).register().ask(8);
    // Stock behaviour: members come as they fit, not in one step.
    TestAm.on(yarn).register().ask(1).awaitHeld(1, Duration.ofSeconds(30));
    gang.awaitHeld(7, Duration.ofSeconds(30));
    assertThat(cycles(logs.resolve("gpu-scheduler-failed-cycle.json")))
        .singleElement()
        .satisfies(
            cycle -> {
              assertThat(cycle.failure()).get().asString().contains("a broken policy");
              assertThat(cycle.snapshot().gangs()).isNotEmpty();
            });
    yarn.assertBooksAreExact();

    yarn.endAll();
    broken = false;
    GpuScheduler scheduler = (GpuScheduler) yarn.scheduler();
    Eventually.await(
        Duration.ofSeconds(30), () -> "the fallback ends", () -> !scheduler.veto().everything());
    TestAm first = TestAm.on(yarn).register().ask(1).awaitHeld(1, Duration.ofSeconds(30));
    TestAm waiting = TestAm.on(yarn).gang(8).register().ask(8);
    waiting.awaitReason("NOT_ENOUGH_FREE_GPUS").receivesNothingFor(Duration.ofSeconds(1));
    first.finish();
    waiting.awaitHeld(8);
    assertThat(waiting.deliveries()).containsExactly(8);
    yarn.assertBooksAreExact();
    theJournalHoldsTheFailuresAndPlansThatCanBeMadeAgain(waiting.attempt().toString());
  }

  private static void theJournalHoldsTheFailuresAndPlansThatCanBeMadeAgain(String lastGang)
      throws IOException, JournalException {
    Planner planner = Planner.priority();
    Eventually.await(
        Duration.ofSeconds(10),
        () -> "the journal has the last start",
        () -> {
          try {
            return cycles(logs.resolve("journal")).stream()
                .flatMap(cycle -> cycle.plan().stream())
                .flatMap(plan -> plan.placements().stream())
                .anyMatch(placement -> placement.gang().value().equals(lastGang));
          } catch (IOException | JournalException e) {
            throw new AssertionError(e);
          }
        });
    List<Cycle> cycles = cycles(logs.resolve("journal"));
    assertThat(cycles).anyMatch(cycle -> cycle.failure().isPresent());
    assertThat(cycles)
        .filteredOn(cycle -> cycle.failure().isEmpty())
        .allSatisfy(cycle -> assertThat(cycle.plan()).hasValue(planner.plan(cycle.snapshot())));
  }

  private static List<Cycle> cycles(Path journal) throws IOException, JournalException {
    List<Cycle> cycles = new ArrayList<>();
    try (JournalReader reader = JournalReader.open(journal)) {
      for (@Nullable Cycle cycle = reader.next(); cycle != null; cycle = reader.next()) {
        cycles.add(cycle);
      }
    }
    return cycles;
  }
}
