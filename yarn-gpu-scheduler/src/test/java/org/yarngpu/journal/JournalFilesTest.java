package org.yarngpu.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Iterables;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Loans;
import org.yarngpu.testing.Cycles;

class JournalFilesTest {
  @TempDir Path folder;

  /** Small cycles of one second each, told apart by their numbers. */
  private static List<Cycle> cycles(int count) {
    SplittableRandom random = new SplittableRandom(1);
    List<Cycle> cycles = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Cycle any = Cycles.any(random);
      ClusterSnapshot s = any.snapshot();
      cycles.add(
          new Cycle(
              i,
              any.policy(),
              new ClusterSnapshot(
                  1_700_000_000_000L + 1000L * i,
                  s.settled(),
                  s.nodes(),
                  s.queues(),
                  s.gangs(),
                  s.reservations(),
                  s.running(),
                  s.forecasts(),
                  s.promises(),
                  s.evictions(),
                  s.evictionsDue(),
                  Loans.NONE),
              any.plan(),
              any.outcomes(),
              any.failure(),
              any.planNanos()));
    }
    return cycles;
  }

  private List<Cycle> read(int tornLines) throws Exception {
    return read(folder, tornLines);
  }

  private static List<Cycle> read(Path journal, int tornLines) throws Exception {
    List<Cycle> read = new ArrayList<>();
    try (JournalReader reader = JournalReader.open(journal)) {
      for (@Nullable Cycle cycle = reader.next(); cycle != null; cycle = reader.next()) {
        read.add(cycle);
      }
      assertThat(reader.tornLines()).isEqualTo(tornLines);
    }
    return read;
  }

  private void write(List<Cycle> cycles, long maxBytes) throws IOException {
    try (JournalFiles files = new JournalFiles(folder, maxBytes)) {
      for (Cycle cycle : cycles) {
        files.append(cycle);
        files.flush();
      }
    }
  }

  private long bytes() throws IOException {
    long bytes = 0;
    for (Path file : JournalFiles.in(folder)) {
      bytes += Files.size(file);
    }
    return bytes;
  }

  @Test
  void allCyclesComeBackInOrder() throws Exception {
    List<Cycle> cycles = cycles(50);
    write(cycles.subList(0, 30), 1 << 20);
    write(cycles.subList(30, 50), 1 << 20);
    assertThat(read(0)).isEqualTo(cycles);
    assertThat(JournalFiles.in(folder))
        .extracting(file -> file.getFileName().toString())
        .containsExactly(
            "cycles-20231114T221320.000Z.jsonl.gz", "cycles-20231114T221350.000Z.jsonl.gz");
  }

  @Test
  void theOldestFilesGoOnceAllAreTooLarge() throws Exception {
    List<Cycle> cycles = cycles(400);
    long maxBytes = 64 * 1024;
    try (JournalFiles files = new JournalFiles(folder, maxBytes)) {
      for (Cycle cycle : cycles) {
        files.append(cycle);
        files.flush();
        assertThat(bytes()).isLessThanOrEqualTo(maxBytes);
      }
    }
    List<Cycle> kept = read(0);
    assertThat(kept).hasSizeBetween(20, 399);
    assertThat(kept).isEqualTo(cycles.subList(cycles.size() - kept.size(), cycles.size()));
    assertThat(bytes()).isGreaterThan(maxBytes / 2);
  }

  @Test
  void whatWasFlushedIsReadThoughTheWriterNeverEnds() throws Exception {
    List<Cycle> cycles = cycles(5);
    try (JournalFiles files = new JournalFiles(folder, 1 << 20)) {
      for (Cycle cycle : cycles) {
        files.append(cycle);
      }
      files.flush();
      assertThat(read(0)).isEqualTo(cycles);
    }
  }

  /** Wherever a file breaks off, all lines before that are read, and none is made up. */
  @Test
  void aTornLastLineIsLeftOut() throws Exception {
    List<Cycle> cycles = cycles(4);
    write(cycles, 1 << 20);
    Path file = Iterables.getOnlyElement(JournalFiles.in(folder));
    byte[] whole = Files.readAllBytes(file);
    int torn = 0;
    for (int length = 0; length < whole.length; length++) {
      Files.write(file, Arrays.copyOf(whole, length));
      try (JournalReader reader = JournalReader.open(file)) {
        List<Cycle> read = new ArrayList<>();
        for (@Nullable Cycle cycle = reader.next(); cycle != null; cycle = reader.next()) {
          read.add(cycle);
        }
        assertThat(read).isEqualTo(cycles.subList(0, read.size()));
        assertThat(reader.tornLines()).isLessThanOrEqualTo(1);
        torn += reader.tornLines();
      }
    }
    assertThat(torn).isPositive();
  }

  @Test
  void aDamagedLineInTheMiddleIsAnError() throws Exception {
    Path file = folder.resolve("some.json");
    Files.writeString(file, "{\"version\":1,\n{}\n");
    assertThatThrownBy(() -> read(file, 0))
        .isInstanceOf(JournalException.class)
        .hasMessageStartingWith(file + ":1: no JSON");
  }

  @Test
  void aPlainFileIsAJournalToo() throws Exception {
    Cycle cycle = cycles(1).get(0);
    Path file = folder.resolve("gpu-scheduler-failed-cycle.json");
    try (var out = Files.newOutputStream(file)) {
      CycleJson.print(cycle, out);
    }
    assertThat(read(file, 0)).isEqualTo(ImmutableList.of(cycle));
  }

  @Test
  void whatIsNoJournalIsNamed() {
    assertThatThrownBy(() -> read(folder, 0))
        .isInstanceOf(JournalException.class)
        .hasMessageStartingWith(folder + " has no file cycles-*.jsonl.gz. Maybe");
    assertThatThrownBy(() -> read(folder.resolve("none"), 0))
        .isInstanceOf(JournalException.class)
        .hasMessageContaining("there is no such file");
  }
}
