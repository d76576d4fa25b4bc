package org.yarngpu.rm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.yarngpu.testing.Gangs.gang;

import com.google.common.base.Ticker;
import com.google.common.collect.ImmutableList;
import com.google.common.util.concurrent.Uninterruptibles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yarngpu.config.Settings;
import org.yarngpu.journal.Cycle;
import org.yarngpu.journal.JournalFiles;
import org.yarngpu.journal.JournalReader;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Gang;
import org.yarngpu.model.PolicyName;
import org.yarngpu.planner.Planner;
import org.yarngpu.storage.WriterThread;
import org.yarngpu.testing.Eventually;
import org.yarngpu.testing.Picture;

class JournalTest {
  private static final Gang WIDE = gang("wide").members(4, 1).build();
  private static final Gang SMALL = gang("small").members(1, 1).build();

  @TempDir Path folder;

  private final AtomicInteger dropped = new AtomicInteger();
  private final AtomicLong nanos = new AtomicLong();
  private final Ticker ticker =
      new Ticker() {
        @Override
        public long read() {
          return nanos.get();
        }
      };

  private WriterThread<Cycle> start(Path into) {
    return Journal.start(
        new JournalFiles(into, 1 << 20), into.toString(), dropped::incrementAndGet, ticker);
  }

  private static Cycle cycle(long number, long nowMs, Gang... gangs) {
    ClusterSnapshot empty = Picture.of("n1 x x . .").with(gangs);
    ClusterSnapshot snapshot =
        new ClusterSnapshot(
            nowMs, true, empty.nodes(), empty.queues(), empty.gangs(), empty.reservations());
    return Cycle.decided(
        number,
        PolicyName.PRIORITY,
        snapshot,
        Planner.priority().plan(snapshot),
        ImmutableList.of(),
        1);
  }

  /** With what the cycle before held, as in a ResourceManager. */
  private static Cycle after(Cycle before, long number, long nowMs, Gang... gangs) {
    ClusterSnapshot fresh = cycle(number, nowMs, gangs).snapshot();
    ClusterSnapshot snapshot =
        new ClusterSnapshot(
            nowMs,
            true,
            fresh.nodes(),
            fresh.queues(),
            fresh.gangs(),
            before.plan().orElseThrow().reservations());
    return Cycle.decided(
        number,
        PolicyName.PRIORITY,
        snapshot,
        Planner.priority().plan(snapshot),
        ImmutableList.of(),
        1);
  }

  private static List<Long> numbers(Path journal) {
    List<Long> numbers = new ArrayList<>();
    try (JournalReader reader = JournalReader.open(journal)) {
      for (@Nullable Cycle cycle = reader.next(); cycle != null; cycle = reader.next()) {
        numbers.add(cycle.number());
      }
    } catch (Exception e) {
      throw new AssertionError(e);
    }
    return numbers;
  }

  @Test
  void whatIsOfferedIsWrittenAndFlushedOnceNothingWaits() {
    WriterThread<Cycle> journal = start(folder);
    for (int i = 1; i <= 20; i++) {
      journal.offer(cycle(i, i, SMALL));
    }
    Eventually.await(
        Duration.ofSeconds(10),
        () -> "all is on disk while the journal goes on",
        () -> folder.toFile().list().length > 0 && numbers(folder).size() == 20);
    journal.close();
    assertThat(numbers(folder)).hasSize(20).isSorted();
    assertThat(dropped).hasValue(0);
  }

  @Test
  void whatTheDiskIsTooSlowForIsDroppedAndTheLoopGoesOn() {
    Gang[] gangs = new Gang[20_000];
    for (int i = 0; i < gangs.length; i++) {
      gangs[i] = gang("g" + i).members(1, 1).build();
    }
    ClusterSnapshot large = Picture.of("n1 x x . .").with(gangs);
    CountDownLatch slow = new CountDownLatch(1);
    Ticker stuck =
        new Ticker() {
          @Override
          public long read() {
            Uninterruptibles.awaitUninterruptibly(slow);
            return 0;
          }
        };
    WriterThread<Cycle> journal =
        Journal.start(new JournalFiles(folder, 64 << 20), "slow", dropped::incrementAndGet, stuck);
    for (int i = 1; i <= 8; i++) {
      journal.offer(Cycle.failed(i, PolicyName.PRIORITY, large, Optional.empty(), "a failure"));
    }
    int fit = Journal.WAITING_MAX / gangs.length - 1;
    assertThat(dropped).hasValue(8 - fit);
    slow.countDown();
    journal.close();
    assertThat(numbers(folder)).hasSize(fit).isSorted();
  }

  @Test
  void aFolderThatTakesNothingCostsCyclesButNeverBlocks() throws IOException {
    Path file = Files.createFile(folder.resolve("a-file"));
    WriterThread<Cycle> journal = start(file);
    for (int i = 1; i <= 20; i++) {
      journal.offer(cycle(i, i, SMALL));
    }
    journal.close();
    assertThat(dropped).hasValue(20);
  }

  @Test
  void aFolderThatComesBackIsUsedAgainAfterAMinute() throws IOException {
    Path late = folder.resolve("late");
    WriterThread<Cycle> journal = start(late);
    journal.offer(cycle(1, 1, SMALL));
    Eventually.await(
        Duration.ofSeconds(10), () -> "the first is dropped", () -> dropped.get() == 1);
    Files.createDirectory(late);
    journal.offer(cycle(2, 2, SMALL));
    Eventually.await(
        Duration.ofSeconds(10),
        () -> "within the minute it is not tried",
        () -> dropped.get() == 2);
    nanos.addAndGet(Duration.ofSeconds(61).toNanos());
    journal.offer(cycle(3, 3, SMALL));
    journal.close();
    assertThat(numbers(late)).containsExactly(3L);
    assertThat(dropped).hasValue(2);
  }

  @Test
  void onlyCyclesThatDecideSomethingAreKeptAndOneAMinute() {
    Journal journal = new Journal(new SchedulerMetrics());
    journal.follow(settings(folder.toString()));
    Cycle first = cycle(1, 0);
    journal.record(first); // the first one
    journal.record(cycle(2, 1_000)); // nothing new
    Cycle waits = cycle(3, 2_000, WIDE);
    journal.record(waits); // a reason and a reservation
    journal.record(after(waits, 4, 3_000, WIDE)); // the same again
    journal.record(after(waits, 5, 4_000, WIDE, SMALL)); // another one waits
    journal.record(after(waits, 6, 5_000, WIDE, SMALL)); // the same again
    journal.record(after(waits, 7, 65_000, WIDE, SMALL)); // a minute later
    journal.record(
        Cycle.failed(8, PolicyName.PRIORITY, waits.snapshot(), Optional.empty(), "a failure"));
    journal.close();
    assertThat(numbers(folder)).containsExactly(1L, 3L, 5L, 7L, 8L);
  }

  @Test
  void theJournalFollowsTheSettings() {
    Journal journal = new Journal(new SchedulerMetrics());
    journal.follow(settings(""));
    journal.record(cycle(1, 0, SMALL));
    assertThat(folder).isEmptyDirectory();
    journal.follow(settings(folder.toString()));
    journal.record(cycle(2, 0, SMALL));
    journal.follow(settings(""));
    journal.record(cycle(3, 0, SMALL));
    journal.close();
    assertThat(numbers(folder)).containsExactly(2L);
  }

  private static Settings settings(String folder) {
    return Settings.from(Map.of("yarn.scheduler.gpu.journal.dir", folder));
  }
}
