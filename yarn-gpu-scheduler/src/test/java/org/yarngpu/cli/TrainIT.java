package org.yarngpu.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.CommonConfigurationKeysPublic;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.hdfs.HdfsConfiguration;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.apache.hadoop.metrics2.AbstractMetric;
import org.apache.hadoop.metrics2.impl.MetricsCollectorImpl;
import org.apache.hadoop.metrics2.lib.DefaultMetricsSystem;
import org.apache.hadoop.yarn.api.records.ApplicationId;
import org.apache.hadoop.yarn.client.api.YarnClient;
import org.apache.hadoop.yarn.conf.YarnConfiguration;
import org.apache.hadoop.yarn.server.MiniYARNCluster;
import org.apache.hadoop.yarn.util.resource.ResourceUtils;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yarngpu.client.GpuJobClient;

/** The train command against real daemons: three nodes with four GPUs each. */
class TrainIT {

  private static final String SCHEDULER = "org.yarngpu.rm.GpuScheduler";

  private static final String CAPACITY = "yarn.scheduler.capacity.";

  private static Path scratch = Path.of("");

  /** The default file system, as a real cluster has it. */
  private static @Nullable MiniDFSCluster files;

  private static MiniYARNCluster cluster = new MiniYARNCluster("TrainIT", 1, 3, 1, 1);

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeAll
  static void startCluster(@TempDir Path directory) throws IOException {
    scratch = directory;
    files = hdfs(directory.resolve("hdfs"));
    Configuration conf = configuration();
    conf.set(CommonConfigurationKeysPublic.FS_DEFAULT_NAME_KEY, files.getURI().toString());
    ResourceUtils.resetResourceTypes(conf);
    cluster.init(conf);
    cluster.start();
  }

  @AfterAll
  static void stopCluster() {
    cluster.stop();
    if (files != null) {
      files.shutdown();
    }
  }

  @Test
  void everyMemberKnowsItsRankAndTheJobEndsWith0() throws IOException {
    Path marks = Files.createDirectories(scratch.resolve("marks"));
    Path script =
        script("echo \"$RANK $WORLD_SIZE $LOCAL_RANK $GREETING $1\" > \"" + marks + "/$RANK\"");
    int exitCode =
        train(
            List.of(
                "--name",
                "hello",
                "--workers",
                "6",
                "--gpus-per-worker",
                "2",
                "--memory",
                "256m",
                "--env",
                "GREETING=a \"b\" $HOME {{c}}",
                "--file",
                script + "#job.sh",
                "--",
                "bash",
                "job.sh",
                "it's {\"d\":{\"e\":1}} <LOG_DIR> $X"));
    assertThat(exitCode).as("%s%s", out, err).isZero();
    try (Stream<Path> files = Files.list(marks)) {
      assertThat(files).hasSize(6);
    }
    String greeting = "a \"b\" $HOME {{c}} it's {\"d\":{\"e\":1}} <LOG_DIR> $X\n";
    assertThat(Files.readString(marks.resolve("0"))).isEqualTo("0 6 0 " + greeting);
    assertThat(Files.readString(marks.resolve("5"))).isEqualTo("5 6 1 " + greeting);
    assertThat(out.toString())
        .containsPattern("application_\\d+_\\d+ submitted to queue default: http")
        .contains("succeeded: All 6 members ended with exit code 0 after 0 restarts.");
    assertNothingIsStaged();
  }

  @Test
  void aGangIsRestartedWholeAndThenEndsWithTheCodeOfTheFirstFailedMember() throws IOException {
    Path starts = Files.createDirectories(scratch.resolve("starts"));
    Path script =
        script(
            "touch \"" + starts + "/$RANK-$TORCHELASTIC_RESTART_COUNT\"",
            "[ \"$RANK\" = 1 ] && exit 3",
            "exec sleep 120");
    int exitCode =
        train(
            List.of(
                "--name",
                "fails",
                "--workers",
                "2",
                "--gpus-per-worker",
                "4",
                "--memory",
                "256m",
                "--max-restarts",
                "1",
                "--file",
                script + "#job.sh",
                "--",
                "bash",
                "job.sh"));
    assertThat(exitCode).as("%s%s", out, err).isEqualTo(3);
    assertThat(out.toString())
        .containsPattern(
            "failed: EXIT_CODE=3: rank 1 on host \\S+ ended with exit code 3 after 1 restarts");
    try (Stream<Path> files = Files.list(starts)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .contains("1-0", "1-1")
          .noneMatch(name -> name.endsWith("-2"));
    }
    assertNothingIsStaged();
  }

  @Test
  void anArchiveIsUnpackedUnderTheNameThatItIsGiven() throws IOException {
    Path archive = scratch.resolve("numbers.zip");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(archive))) {
      zip.putNextEntry(new ZipEntry("one"));
    }
    int exitCode =
        train(
            List.of(
                "--name",
                "archive",
                "--workers",
                "1",
                "--memory",
                "256m",
                "--archive",
                archive + "#data",
                "--",
                "test",
                "-f",
                "data/one"));
    assertThat(exitCode).as("%s%s", out, err).isZero();
  }

  @Test
  void anArchiveThatYarnWouldLeavePackedIsRefused() throws IOException {
    String archive = script("").toString();
    assertThat(train(List.of("--name", "n", "--workers", "1", "--archive", archive, "--", "true")))
        .isEqualTo(2);
    assertThat(err.toString()).contains("cannot unpack job").hasLineCount(1);
    assertNothingIsStaged();
  }

  @Test
  void theNextJobRemovesWhatAJobLeftThatWasKilledWhileNobodyFollowedIt() throws Exception {
    List<String> sleeper =
        List.of(
            "--detach", "--name", "d", "--workers", "1", "--memory", "256m", "--", "sleep", "99");
    assertThat(train(sleeper)).as("%s%s", out, err).isZero();
    ApplicationId killed = ApplicationId.fromString(out.toString().split(" ", 2)[0]);
    try (YarnClient yarn = YarnClient.createYarnClient()) {
      yarn.init(cluster.getConfig());
      yarn.start();
      yarn.killApplication(killed);
    }
    assertThat(staged()).containsExactly(killed.toString());
    assertThat(train(List.of("--name", "n", "--workers", "1", "--memory", "256m", "--", "true")))
        .as("%s%s", out, err)
        .isZero();
    assertNothingIsStaged();
  }

  @Test
  void anUnknownQueueIsNamed() throws IOException {
    assertThat(train(List.of("--name", "n", "--workers", "1", "--queue", "nope", "--", "true")))
        .isEqualTo(1);
    assertThat(err.toString()).contains("nope").hasLineCount(1);
    assertNothingIsStaged();
  }

  @Test
  void aMemberLargerThanTheLimitFailsWithTheReason() throws IOException {
    int exitCode =
        train(List.of("--name", "n", "--workers", "1", "--memory", "900g", "--", "true"));
    assertThat(exitCode).as("%s%s", out, err).isEqualTo(1);
    assertThat(out.toString())
        .contains("failed: EXIT_CODE=1: The ResourceManager refuses the gang: Invalid resource");
    assertNothingIsStaged();
  }

  @Test
  void theResourceManagerHearsWhenAJobSaved() throws IOException {
    Path saved = Files.createDirectories(scratch.resolve("saved"));
    long before = savesReported();
    int exitCode =
        train(
            List.of(
                "--name",
                "saves",
                "--workers",
                "1",
                "--memory",
                "256m",
                "--checkpoint-interval",
                "10s",
                "--checkpoint-path",
                saved.toUri().toString(),
                "--",
                "bash",
                "-c",
                "for step in 1 2 3; do touch " + saved + "/step-$step; sleep 3; done"));
    assertThat(exitCode).as("%s%s", out, err).isZero();
    assertThat(savesReported() - before).isBetween(1L, 4L);
  }

  private static long savesReported() {
    MetricsCollectorImpl collector = new MetricsCollectorImpl();
    DefaultMetricsSystem.instance().getSource("GpuScheduler").getMetrics(collector, true);
    for (AbstractMetric metric : collector.getRecords().get(0).metrics()) {
      if (metric.name().equals("SavesReported")) {
        return metric.value().longValue();
      }
    }
    throw new AssertionError("there is no SavesReported");
  }

  private int train(List<String> flags) {
    String[] arguments = Stream.concat(Stream.of("train"), flags.stream()).toArray(String[]::new);
    return Main.run(
        () -> new GpuJobClient(cluster.getConfig(), toolsJar()),
        new PrintWriter(out, true),
        new PrintWriter(err, true),
        arguments);
  }

  private static Path script(String... lines) throws IOException {
    Path script = Files.createTempFile(scratch, "job", ".sh");
    return Files.write(script, List.of(lines));
  }

  private static void assertNothingIsStaged() throws IOException {
    assertThat(staged()).isEmpty();
  }

  private static List<String> staged() throws IOException {
    FileSystem files = FileSystem.get(cluster.getConfig());
    return Stream.of(
            files.listStatus(new org.apache.hadoop.fs.Path(files.getHomeDirectory(), ".yarn-gpu")))
        .map(status -> status.getPath().getName())
        .toList();
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

  private static MiniDFSCluster hdfs(Path directory) throws IOException {
    return new MiniDFSCluster.Builder(new HdfsConfiguration(), directory.toFile()).build();
  }

  private static Configuration configuration() {
    Configuration conf = new YarnConfiguration();
    conf.set(YarnConfiguration.RM_SCHEDULER, SCHEDULER);
    conf.set(YarnConfiguration.RESOURCE_TYPES, "yarn.io/gpu");
    conf.set("yarn.nodemanager.resource-type.yarn.io/gpu", "4");
    conf.set("yarn.nodemanager.resource.cpu-vcores", "16");
    conf.set("yarn.minicluster.yarn.nodemanager.resource.memory-mb", "4096");
    conf.set("yarn.scheduler.minimum-allocation-mb", "64");
    conf.set("yarn.nodemanager.vmem-check-enabled", "false");
    conf.set(
        "yarn.nodemanager.disk-health-checker.max-disk-utilization-per-disk-percentage", "99.9");
    conf.set(YarnConfiguration.YARN_APPLICATION_CLASSPATH, System.getProperty("java.class.path"));
    conf.set(
        CAPACITY + "resource-calculator",
        "org.apache.hadoop.yarn.util.resource.DominantResourceCalculator");
    conf.set(CAPACITY + "root.queues", "default");
    conf.set(CAPACITY + "root.default.capacity", "100");
    conf.set(CAPACITY + "maximum-am-resource-percent", "0.5");
    return conf;
  }
}
