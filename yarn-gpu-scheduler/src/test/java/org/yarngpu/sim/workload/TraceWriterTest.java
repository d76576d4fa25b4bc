package org.yarngpu.sim.workload;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yarngpu.sim.Job;
import org.yarngpu.sim.Workload;
import org.yarngpu.testing.Seeded;

class TraceWriterTest {

  private static final ImmutableList<String> TEXTS =
      ImmutableList.of(
          "", "ann", "a,b", "say \"hi\"", "two\nlines", " spaces ", "ünï", "'q'", "#c");

  @TempDir private Path folder;

  @Seeded(runs = 200)
  void whatIsWrittenIsReadAgain(SplittableRandom random) throws IOException, TraceException {
    Workload workload = anyWorkload(random);
    Path file = folder.resolve(random.nextBoolean() ? "w.csv" : "w.csv.gz");
    TraceWriter.write(workload, file);
    assertThat(TraceFormat.of(file)).isEqualTo(TraceFormat.GPU);
    assertThat(TraceFormat.GPU.read(file).workload()).isEqualTo(workload);
  }

  private static Workload anyWorkload(SplittableRandom random) {
    List<Job> jobs = new ArrayList<>();
    int count = 1 + random.nextInt(6);
    for (int job = 0; job < count; job++) {
      jobs.add(anyJob("j" + job + anyText(random), random));
    }
    return new Workload("w", ImmutableList.copyOf(jobs));
  }

  private static Job anyJob(String id, SplittableRandom random) {
    return new Job(
        id,
        random.nextLong(10_000_000),
        random.nextBoolean() ? 0 : random.nextLong(100_000_000_000L),
        1 + random.nextInt(4),
        1 + random.nextInt(8),
        random.nextBoolean() ? 1 : 0.001 + 0.999 * random.nextDouble(),
        anyText(random),
        anyText(random),
        anyText(random),
        random.nextInt(-3, 4),
        anyText(random),
        anyTime(random),
        anyTime(random));
  }

  private static String anyText(SplittableRandom random) {
    return TEXTS.get(random.nextInt(TEXTS.size()));
  }

  private static OptionalLong anyTime(SplittableRandom random) {
    return random.nextBoolean() ? OptionalLong.empty() : OptionalLong.of(random.nextLong(99_999));
  }

  @Test
  void aSharedDeviceIsWrittenAsAPartOfAGpu() throws IOException {
    StringBuilder text = new StringBuilder();
    TraceWriter.write(
        new Workload(
            "w", ImmutableList.of(job("a", 1, 1, 0.25), job("b", 2, 4, 1), job("c", 2, 1, 0.5))),
        text);
    assertThat(text.toString())
        .isEqualTo(
            """
            job_id,submit_s,duration_s,gpus,gpus_per_worker,user,group,queue,status,gpu_type,\
            requested_s,priority,checkpoint_s,device_share
            a,0,1.500,0.25,0.25,,,,,,,,,
            b,0,1.500,8,4,,,,,,,,,
            c,0,1.500,2,1,,,,,,,,,0.5
            """);
  }

  private static Job job(String id, int members, int gpus, double share) {
    return new Job(
        id,
        0,
        1500,
        members,
        gpus,
        share,
        "",
        "",
        "",
        0,
        "",
        OptionalLong.empty(),
        OptionalLong.empty());
  }
}
