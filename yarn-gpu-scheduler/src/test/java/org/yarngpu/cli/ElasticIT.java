package org.yarngpu.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.hadoop.fs.CommonConfigurationKeysPublic;
import org.apache.hadoop.hdfs.HdfsConfiguration;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.apache.hadoop.yarn.conf.YarnConfiguration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yarngpu.client.GpuJobClient;
import org.yarngpu.testing.Eventually;
import org.yarngpu.testing.LocalYarn;
import org.yarngpu.testing.TestAm;

/** An elastic job of 2 to 4 workers on one node of four GPUs, from its start to its end. */
class ElasticIT {
  private static final Duration A_WHILE = Duration.ofMinutes(2);

  /** Rank 0 counts steps; told to stop, it ends its step first. Each start is a line. */
  private static final List<String> JOB =
      List.of(
          "stop=''",
          "trap 'stop=1' TERM",
          "step=$(cat \"$STATE/step\" 2>/dev/null || echo 0)",
          "echo \"$WORLD_SIZE $TORCHELASTIC_RESTART_COUNT $RANK\" >> \"$STATE/starts\"",
          "while [ ! -e \"$STATE/finish\" ]; do",
          "  if [ \"$RANK\" = 0 ]; then",
          "    step=$((step + 1))",
          "    echo $step >> \"$STATE/work\"",
          "    echo $step > \"$STATE/step\"",
          "  fi",
          "  [ -n \"$stop\" ] && exit 143",
          "  sleep 0.1",
          "done",
          "exit 0");

  @TempDir private Path folder;

  private final StringWriter out = new StringWriter();

  @Test
  void aJobStartsWithWhatIsFreeGrowsAndShrinksAndRepeatsNoStep() throws Exception {
    try (MiniDFSCluster files =
            new MiniDFSCluster.Builder(new HdfsConfiguration(), folder.resolve("hdfs").toFile())
                .build();
        LocalYarn yarn = cluster(files)) {
      TestAm other = TestAm.on(yarn).name("other").gang(2).register().ask(2).awaitHeld(2);
      other.start(other.held());
      CompletableFuture<Integer> exitCode = CompletableFuture.supplyAsync(() -> train(yarn));
      awaitStarts("2 0", 2, exitCode);
      other.finish();
      awaitStarts("4 1", 4, exitCode);

      yarn.restartResourceManager();
      yarn.awaitNodes(1);
      Eventually.await(
          A_WHILE,
          () -> "the wide gang is found again; " + yarn.books(),
          () -> yarn.books().usedGpus() == 4);
      assertThat(starts()).as("no member was started anew").hasSize(6);

      TestAm quick =
          TestAm.on(yarn)
              .name("quick")
              .property("GPU_RUNTIME", "10s")
              .gang(2)
              .register()
              .ask(2)
              .awaitHeld(2, A_WHILE);
      awaitStarts("2 2", 2, exitCode);
      assertThat(quick.deliveries()).containsExactly(2);
      yarn.assertBooksAreExact();
      assertEndsAfterTwoRestartsAndNoStepTwice(exitCode);
    }
  }

  /** Its own queue lets it have two members; one GPU may be lent to it. */
  @Test
  void aJobWidensOntoGpusThatAServiceLeavesAndRepeatsNoStepWhenTheyAreCalledBack()
      throws Exception {
    try (MiniDFSCluster files =
            new MiniDFSCluster.Builder(new HdfsConfiguration(), folder.resolve("hdfs").toFile())
                .build();
        LocalYarn yarn =
            elastic(files)
                .with("root.a.maximum-capacity", "50")
                .with("yarn.scheduler.gpu.loan.queues", "root.b")
                .with("yarn.scheduler.gpu.loan.surplus-queues", "root.a")
                .with("yarn.scheduler.gpu.loan.cool-down-ms", "0")
                .with("yarn.nodemanager.opportunistic-containers-queue-policy", "BY_RESOURCES")
                .start()) {
      TestAm service = TestAm.on(yarn).queue("b").property("GPU_KIND", "inference").register();
      service.ask(2).awaitHeld(2);
      service.start(service.held());
      CompletableFuture<Integer> exitCode = CompletableFuture.supplyAsync(() -> train(yarn));
      awaitStarts("2 0", 2, exitCode);
      service.release(2).beat();
      awaitStarts("3 1", 3, exitCode);
      service.ask(2).awaitHeld(2, A_WHILE);
      awaitStarts("2 2", 2, exitCode);
      yarn.assertBooksAreExact();
      assertEndsAfterTwoRestartsAndNoStepTwice(exitCode);
    }
  }

  private void assertEndsAfterTwoRestartsAndNoStepTwice(CompletableFuture<Integer> exitCode)
      throws Exception {
    Files.createFile(folder.resolve("finish"));
    assertThat(exitCode.get()).as(out.toString()).isZero();
    assertThat(out.toString()).contains("All 2 members ended with exit code 0 after 2 restarts.");
    List<String> steps = Files.readAllLines(folder.resolve("work"));
    assertThat(steps)
        .isEqualTo(IntStream.rangeClosed(1, steps.size()).mapToObj(Integer::toString).toList());
  }

  private LocalYarn cluster(MiniDFSCluster files) throws IOException {
    return elastic(files).with("yarn.scheduler.gpu.preemption", "on").start();
  }

  private LocalYarn.Builder elastic(MiniDFSCluster files) throws IOException {
    return LocalYarn.of(1, 4)
        .restartable(Files.createDirectory(folder.resolve("state")))
        .with(
            CommonConfigurationKeysPublic.FS_DEFAULT_NAME_KEY,
            files.getFileSystem().getUri().toString())
        .with(YarnConfiguration.YARN_APPLICATION_CLASSPATH, System.getProperty("java.class.path"))
        .with("yarn.nodemanager.sleep-delay-before-sigkill.ms", "10000")
        .with("yarn.scheduler.gpu.elastic.period-ms", "0")
        .with("yarn.scheduler.gpu.preemption.period-ms", "100")
        .with("yarn.scheduler.gpu.preemption.grace-ms", "20000")
        .with("yarn.scheduler.gpu.preemption.min-run-ms", "0")
        .with("yarn.scheduler.gpu.preemption.restart-ms", "0");
  }

  private int train(LocalYarn yarn) {
    try {
      Path script = Files.write(folder.resolve("job.sh"), JOB);
      return Main.run(
          () -> new GpuJobClient(yarn.conf(), toolsJar()),
          new PrintWriter(out, true),
          new PrintWriter(out, true),
          "train",
          "--name",
          "elastic",
          "--queue",
          "a",
          "--workers",
          "2..4",
          "--memory",
          "256m",
          "--checkpoint-interval",
          "1s",
          "--env",
          "STATE=" + folder,
          "--file",
          script + "#job.sh",
          "--",
          "bash",
          "job.sh");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits until so many members were started as said, which is width and restarts. */
  private void awaitStarts(String how, int members, CompletableFuture<Integer> exitCode) {
    Eventually.await(
        A_WHILE,
        () ->
            "%d members start as \"%s\"; so far %s, %s %s"
                .formatted(members, how, starts(), exitCode, out),
        () ->
            starts().stream().filter(line -> line.startsWith(how + " ")).distinct().count()
                == members);
  }

  private List<String> starts() {
    try {
      Path file = folder.resolve("starts");
      return Files.exists(file) ? Files.readAllLines(file) : List.of();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What the build has packed, as a user would have it. */
  private static Path toolsJar() {
    try (Stream<Path> files = Files.list(Path.of("target"))) {
      return files
          .filter(file -> file.getFileName().toString().endsWith("-tools.jar"))
          .findFirst()
          .orElseThrow();
    } catch (IOException failure) {
      throw new AssertionError("the tools jar must be built before", failure);
    }
  }
}
