package org.yarngpu.sim.workload;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each reader on ten invented rows; what they become was worked out by hand. */
class TraceFormatTest {

  @TempDir private Path folder;

  private static TraceReading read(String sample, TraceFormat format) throws TraceException {
    assertThat(TraceFormat.of(Traces.sample(sample))).isEqualTo(format);
    return format.read(Traces.sample(sample));
  }

  private static ImmutableList<String> jobs(TraceReading reading) {
    return reading.jobs().stream().map(Traces::line).collect(toImmutableList());
  }

  private static ImmutableList<String> malformed(TraceReading reading) {
    return reading.malformed().stream()
        .map(row -> row.row() + ": " + row.reason())
        .collect(toImmutableList());
  }

  @Test
  void ourOwnSchema() throws TraceException {
    TraceReading reading = read("sample.csv", TraceFormat.GPU);
    assertThat(jobs(reading))
        .containsExactly(
            "a-1 at 0.0 for 3600.0: 2x4, user ann, group resnet, queue train, model A100,"
                + " estimate 7200",
            "a-2 at 12.5 for 90.25: 4x1, user bob, group sweep, wide, queue train",
            "a-3 at 60.0 for 0.0: 1x1",
            "a-4 at 61.0 for 10.0: 1x1 of 0.46, user cho, model T4");
    assertThat(malformed(reading))
        .containsExactly(
            "6: job a-5 has no duration",
            "7: gpus (6) is no multiple of gpus_per_worker (4)",
            "8: job a-1 was there before",
            "9: duration_s is \"-3\" but must be a number of at least 0",
            "10: gpus is \"1.5\" but must be a whole number",
            "11: the line has 10 fields but the header 11");
    assertThat(reading.leftOut()).isEmpty();
    assertThat(reading.name()).isEqualTo("sample");
  }

  @Test
  void parallelWorkloadsArchive() throws TraceException {
    TraceReading reading = read("sample.swf", TraceFormat.SWF);
    assertThat(jobs(reading))
        .containsExactly(
            "1 at 0.0 for 100.0: 4x1, user 3, group 3/7, queue 2, estimate 600",
            "2 at 10.0 for 0.5: 8x1, user 4");
    assertThat(malformed(reading))
        .containsExactly(
            "7: job 4 has no run time",
            "8: requested processors is missing",
            "9: the line has 5 fields but must have 18",
            "10: job 2 was there before");
    assertThat(reading.leftOut()).containsExactly(entry("cancelled before it started", 1));
  }

  @Test
  void philly() throws TraceException {
    TraceReading reading = read("sample-philly.json", TraceFormat.PHILLY);
    assertThat(jobs(reading))
        .containsExactly(
            "p-1 at 0.0 for 3660.0: 1x4, user u1, queue v1",
            "p-4 at 30.0 for 30.0: 4x1, user u2, queue v2",
            "p-9 at 3600.0 for 1.0: 2x1, user u1, queue v1");
    assertThat(malformed(reading))
        .containsExactly(
            "5: job p-5 has no attempt with start and end",
            "6: an attempt of job p-6 ends before it starts",
            "7: submitted_time is \"yesterday\" but must be a time such as 2017-10-07 01:12:09",
            "8: the job has 0 GPUs but must have 1 to 1000000",
            "9: job p-1 was there before");
    assertThat(reading.leftOut())
        .containsExactly(entry("had not ended", 1), entry("never started", 1));
  }

  @Test
  void helios() throws TraceException {
    TraceReading reading = read("sample-helios.csv", TraceFormat.HELIOS);
    assertThat(jobs(reading))
        .containsExactly(
            "11 at 0.0 for 3600.0: 2x8, user uA, queue vc1",
            "13 at 30.0 for 1.0: 1x1, user uB, queue vc2",
            "14 at 60.0 for 60.0: 3x1, user uB, queue vc2",
            "19 at 86400.0 for 0.0: 1x8, user uA, queue vc1");
    assertThat(malformed(reading))
        .containsExactly(
            "7: job 16 has no duration",
            "8: submit_time is \"soon\" but must be a time such as 2017-10-07 01:12:09",
            "9: job 11 was there before",
            "10: gpu_num is \"many\" but must be a number of at least 0");
    assertThat(reading.leftOut())
        .containsExactly(
            entry("had not ended", 1), entry("never started", 1), entry("without a GPU", 1));
  }

  @Test
  void pai() throws TraceException {
    TraceReading reading = read("sample-pai.csv", TraceFormat.PAI);
    assertThat(jobs(reading))
        .containsExactly(
            "21 at 100.0 for 50.0: 1x1, user 1001, group g1, model T4",
            "22 at 101.0 for 60.0: 4x2, user 1001, group g1, model V100",
            "23 at 102.0 for 70.0: 4x1 of 0.5, user 1002, group g2, model MISC",
            "24 at 103.0 for 80.0: 1x1 of 0.25, user 1002, model P100",
            "25 at 104.0 for 80.0: 1x3 of 0.8333333333333334, user 1002, model V100",
            "27 at 106.0 for 80.5: 1x1, user 1002, model T4");
    assertThat(malformed(reading))
        .containsExactly("9: job 28 has no duration", "10: job 21 was there before");
    assertThat(reading.leftOut()).containsExactly(entry("without a GPU", 2));
  }

  @Test
  void openb() throws TraceException {
    TraceReading reading = read("sample-openb.csv", TraceFormat.OPENB);
    assertThat(jobs(reading))
        .containsExactly(
            "pod-1 at 0.0 for 90.0: 1x1, queue LS",
            "pod-2 at 5.0 for 45.0: 1x1 of 0.46, queue BE",
            "pod-3 at 7.0 for 20.0: 1x8, queue Burstable, model V100M16",
            "pod-9 at 14.0 for 1.0: 1x2, queue LS, model T4");
    assertThat(malformed(reading))
        .containsExactly(
            "7: job pod-6 ends before it starts",
            "8: the job has 0 GPUs but must have 1 to 1000000",
            "9: job pod-1 was there before",
            "10: deletion_time is missing");
    assertThat(reading.leftOut())
        .containsExactly(entry("never scheduled", 1), entry("without a GPU", 1));
  }

  @Test
  void schedulerLoadSimulator() throws TraceException {
    TraceReading reading = read("sample-sls.json", TraceFormat.SLS);
    assertThat(jobs(reading))
        .containsExactly(
            "job_1 at 0.0 for 17.043: 4x1, user ann, queue train",
            "job_2 at 1.0 for 90.0: 4x2, user bob",
            "job_3-1 at 2.0 for 7.0: 1x8",
            "job_3-2 at 2.0 for 7.0: 1x8",
            "sls-4 at 3.0 for 8.0: 1x1");
    assertThat(malformed(reading))
        .hasSize(6)
        .startsWith(
            "5: job job_5 has containers of 1 and 2 GPUs but all must have equally many",
            "6: job job_6 has no job.tasks",
            "7: container.end.ms is missing",
            "8: job job_8 has 0 containers with GPUs",
            "9: job job_1 was there before");
    assertThat(malformed(reading).get(5))
        .startsWith("10: neither this record nor the rest is JSON: Unexpected end-of-input");
  }

  /** 800 GPU-seconds of 4 x 2 GPUs are 100 s; 250 in 100 s are 3 GPUs for 83.333 s. */
  @Test
  void historyOfACluster() throws TraceException {
    TraceReading reading = read("yarn", TraceFormat.YARN);
    assertThat(jobs(reading))
        .containsExactly(
            "application_1_0001 at 0.0 for 100.0: 4x2, user ann, group nightly, queue train,"
                + " model a100, priority 3, estimate 600, checkpoint 60",
            "application_1_0003 at 2.0 for 87.5: 2x2, user bob, group sweep, queue train",
            "application_1_0004 at 3.0 for 83.333: 3x1, user bob, group no tags, queue train",
            "application_1_0005 at 4.0 for 83.333: 2x3, user bob, group gang only, queue train");
    assertThat(malformed(reading))
        .containsExactly(
            "6: application_1_0006 has no times. Maybe ask as a user who may view it",
            "7: application_1_0007: BAD_DECLARATION: gpu.gang is \"many\" (application tag) but"
                + " must be a whole number from 1 to 100000.",
            "8: the resourceSecondsMap of application_1_0009 has lost entries. Maybe save answers"
                + " as they come: jq keeps one of equal names");
    assertThat(reading.leftOut())
        .containsExactly(entry("has not ended", 1), entry("used no GPU", 1));
  }

  @Test
  void aPackedFileIsReadLikeAPlainOne() throws IOException, TraceException {
    Path packed = folder.resolve("sample.csv.gz");
    try (OutputStream bytes = new GZIPOutputStream(Files.newOutputStream(packed))) {
      Files.copy(Traces.sample("sample.csv"), bytes);
    }
    assertThat(TraceFormat.of(packed)).isEqualTo(TraceFormat.GPU);
    TraceReading reading = TraceFormat.GPU.read(packed);
    assertThat(reading.jobs()).isEqualTo(read("sample.csv", TraceFormat.GPU).jobs());
    assertThat(reading.name()).isEqualTo("sample");
  }

  @Test
  void anUnknownFormatIsOneSentenceThatNamesTheKnownOnes() throws IOException {
    Path other = Files.writeString(folder.resolve("notes.txt"), "a,b\n1,2\n");
    assertThatThrownBy(() -> TraceFormat.of(other))
        .isInstanceOf(TraceException.class)
        .hasMessage(
            other
                + " looks like no known trace format; known are gpu, swf, philly, helios, pai,"
                + " openb, sls, yarn. Maybe name its format: --format");
    assertThatThrownBy(() -> TraceFormat.named("phily"))
        .hasMessage(
            "Unknown trace format phily; known are gpu, swf, philly, helios, pai, openb, sls,"
                + " yarn. Maybe philly was meant.");
  }

  @Test
  void aForcedFormatSaysWhichColumnIsMissing() {
    assertThatThrownBy(() -> TraceFormat.PAI.read(Traces.sample("sample.csv")))
        .hasMessageContaining("has no column submit_time. It has: job_id, submit_s,");
    assertThatThrownBy(() -> TraceFormat.GPU.read(folder))
        .hasMessage(folder + " is a directory, but gpu is read from one file.");
    assertThatThrownBy(() -> TraceFormat.of(folder.resolve("none.csv")))
        .hasMessage(folder.resolve("none.csv") + ": there is no such file.");
  }

  @ParameterizedTest
  @CsvSource({
    "sample.swf, GPU",
    "sample-sls.json, HELIOS",
    "sample.csv, PHILLY",
    "sample.csv, YARN"
  })
  void theWrongFormatNeverGivesJobs(String sample, TraceFormat format) {
    try {
      assertThat(format.read(Traces.sample(sample)).jobs()).isEmpty();
    } catch (TraceException refused) {
      assertThat(refused).hasMessageContaining("has no column");
    }
  }

  @Test
  void malformedRowsStopTheReadingUnlessTheyAreSkipped() throws IOException, TraceException {
    StringBuilder text = new StringBuilder("job_id,submit_s,duration_s,gpus\n1,0,1,1\n");
    for (int row = 0; row < 25; row++) {
      text.append("x").append(row).append(",0,,1\n");
    }
    Path trace = Files.writeString(folder.resolve("t.csv"), text);
    TraceReading reading = TraceFormat.GPU.read(trace);
    assertThatThrownBy(reading::workload)
        .hasMessageStartingWith(trace + ":3: job x0 has no duration\n")
        .hasMessageEndingWith(
            "and 5 more\n25 of 26 rows are malformed. Maybe leave them out: --skip-malformed");
    assertThat(reading.malformedText().lines()).hasSize(21);
    assertThat(reading.workloadOfTheRest().jobs()).hasSize(1);
  }

  @Test
  void aTraceWithoutJobsSaysWhatWasLeftOut() throws IOException, TraceException {
    Path answer = Files.writeString(folder.resolve("a.json"), "{\"apps\": {}}");
    assertThatThrownBy(TraceFormat.YARN.read(answer)::workload).hasMessage("a has no job.");
  }

  @Test
  void anOpenQuotationMarkEndsTheReadingAndIsReported() throws IOException, TraceException {
    Path trace =
        Files.writeString(
            folder.resolve("t.csv"), "job_id,submit_s,duration_s,gpus\n1,0,1,1\n\"2,0,1,1\n");
    TraceReading reading = TraceFormat.GPU.read(trace);
    assertThat(reading.jobs()).hasSize(1);
    assertThat(malformed(reading)).hasSize(1);
    assertThat(malformed(reading).get(0)).contains("neither this line nor the rest is CSV");
  }

  private static Map.Entry<String, Integer> entry(String reason, int count) {
    return Map.entry(reason, count);
  }
}
