package org.yarngpu.sim.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.io.StringReader;
import java.util.List;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVRecord;
import org.junit.jupiter.api.Test;
import org.yarngpu.sim.RunResult;

class CsvReportTest {
  private static final CSVFormat READ =
      CSVFormat.RFC4180.builder().setHeader().setSkipHeaderRecord(true).build();

  private static List<CSVRecord> read(String text) throws IOException {
    return READ.parse(new StringReader(text)).getRecords();
  }

  private static String summary(ImmutableList<RunResult> runs) throws IOException {
    StringBuilder text = new StringBuilder();
    CsvReport.writeSummary(Comparison.of(runs), text);
    return text.toString();
  }

  private static String jobs(ImmutableList<RunResult> runs) throws IOException {
    StringBuilder text = new StringBuilder();
    CsvReport.writeJobs(runs, text);
    return text.toString();
  }

  @Test
  void theSummaryHasALineARun() throws IOException {
    List<CSVRecord> lines =
        read(
            summary(
                ImmutableList.of(
                    SampleRuns.waiting("fifo", 7, 80), SampleRuns.waiting("las", 7, 40))));
    assertThat(lines).hasSize(2).allMatch(CSVRecord::isConsistent);
    CSVRecord las = lines.get(1);
    assertThat(las.get("seed")).isEqualTo("7");
    assertThat(las.get("wait_mean_s")).isEqualTo("40.000000");
    assertThat(las.get("wait_p999_s")).isEmpty();
    assertThat(las.get("wait_to_fifo")).isEqualTo("0.500000");
    assertThat(las.get("wait_to_bound")).isEmpty();
    assertThat(las.get("gang_1_wait_p50_s")).isEqualTo("40.000000");
    assertThat(las.get("gang_17_up_finished")).isEqualTo("0");
  }

  @Test
  void anIdMayHaveCommasQuotesAndLineEnds() throws IOException {
    String id = "a,\"b\"\nc";
    List<CSVRecord> lines =
        read(
            jobs(
                ImmutableList.of(
                    SampleRuns.run(
                        "fifo",
                        1,
                        SampleRuns.done(SampleRuns.job(id, "u", "q", 1, 2, 3), 4, 6),
                        SampleRuns.never(SampleRuns.job("z", "", "", 2, 2, 1))))));
    assertThat(lines.get(0).get("job")).isEqualTo(id);
    assertThat(lines.get(0).get("wait_s")).isEqualTo("3.000");
    assertThat(lines.get(0).get("gpus")).isEqualTo("3");
    assertThat(lines.get(1).get("end_s")).isEmpty();
    assertThat(lines.get(1).get("wait_s")).isEmpty();
  }

  /** A second run took longer on the wall clock, and nothing else. */
  @Test
  void equalRunsGiveEqualBytes() throws IOException {
    RunResult first = SampleRuns.byChance("fifo", 3, 200, 100);
    RunResult slower =
        new RunResult(
            first.workload(),
            first.host(),
            first.policy(),
            first.conditions(),
            first.installedGpus(),
            first.jobs(),
            first.usefulGpuMs(),
            first.timeline(),
            first.segments(),
            first.events(),
            first.wallMs() + 1);
    assertThat(summary(ImmutableList.of(first))).isEqualTo(summary(ImmutableList.of(slower)));
    assertThat(jobs(ImmutableList.of(first))).isEqualTo(jobs(ImmutableList.of(slower)));
  }
}
