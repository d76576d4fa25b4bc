package org.yarngpu.sim.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yarngpu.sim.RunResult;

class ReportFilesTest {
  private static final ImmutableList<RunResult> RUNS =
      ImmutableList.of(SampleRuns.waiting("fifo", 1, 80));

  @TempDir Path folder;

  @Test
  void allReportsAreWrittenAndNothingElseIsLeft() throws IOException {
    Path out = folder.resolve("a/b");
    ImmutableList<Path> files = ReportFiles.write(out, RUNS, Comparison.of(RUNS), 0);
    assertThat(files)
        .extracting(file -> file.getFileName().toString())
        .containsExactly("summary.csv", "jobs.csv", "summary.json", "report.html");
    try (Stream<Path> there = Files.list(out)) {
      assertThat(there).containsExactlyInAnyOrderElementsOf(files);
    }
    ReportFiles.write(out, RUNS, Comparison.of(RUNS), 0);
  }

  @Test
  void aFileIsNoFolder() throws IOException {
    Path file = Files.writeString(folder.resolve("out"), "mine");
    assertThatThrownBy(() -> ReportFiles.write(file, RUNS, Comparison.of(RUNS), 0))
        .isInstanceOf(IOException.class)
        .hasMessage(file + " is a file, and reports need a folder. Maybe name another one.");
    assertThat(file).hasContent("mine");
  }
}
