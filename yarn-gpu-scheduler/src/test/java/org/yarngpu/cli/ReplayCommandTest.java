package org.yarngpu.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.yarngpu.testing.Gangs.gang;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yarngpu.journal.Cycle;
import org.yarngpu.journal.JournalFiles;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Forecast;
import org.yarngpu.model.Gang;
import org.yarngpu.model.Plan;
import org.yarngpu.model.PolicyName;
import org.yarngpu.planner.Planner;
import org.yarngpu.testing.Golden;
import org.yarngpu.testing.Picture;

class ReplayCommandTest {
  private static final Gang GANG = gang("g").members(2, 1).build();
  private static final ClusterSnapshot SNAPSHOT = Picture.of("n1 x . .").with(GANG);
  private static final Plan PLAN = Planner.priority().plan(SNAPSHOT);
  private static final Plan NOTHING =
      new Plan(ImmutableList.of(), ImmutableSortedMap.of(), ImmutableSortedMap.of());

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @TempDir private Path folder;
  private Path journal;

  @BeforeEach
  void makeFolder() throws IOException {
    journal = Files.createDirectory(folder.resolve("journal"));
  }

  private void journal(Plan... plans) throws IOException {
    try (JournalFiles files = new JournalFiles(journal, 1 << 20)) {
      int number = 1;
      for (Plan plan : plans) {
        files.append(
            Cycle.decided(number++, PolicyName.PRIORITY, SNAPSHOT, plan, ImmutableList.of(), 1));
      }
    }
  }

  /** One queue root.a, up to a part of the cluster. */
  private String queues(String name, int maximum) throws IOException {
    return Files.writeString(
            folder.resolve("queues.xml"),
            """
            <configuration>
            <property><name>yarn.scheduler.capacity.root.queues</name><value>%1$s</value></property>
            <property><name>yarn.scheduler.capacity.root.%1$s.capacity</name><value>100</value></property>
            <property><name>yarn.scheduler.capacity.root.%1$s.maximum-capacity</name><value>%2$d</value></property>
            </configuration>
            """
                .formatted(name, maximum))
        .toString();
  }

  private int run(String... arguments) {
    return Main.run(
        () -> {
          throw new AssertionError("replay talks to no cluster");
        },
        new PrintWriter(out, true),
        new PrintWriter(err, true),
        arguments);
  }

  @Test
  void theSameDecisionsEndWith0() throws IOException {
    journal(PLAN, PLAN);
    assertThat(run("replay", journal.toString())).isZero();
    assertThat(out.toString()).isEqualTo("2 cycles planned again, each to the same decisions.\n");
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void aDifferenceEndsWith1AndIsSaidOnce() throws IOException {
    journal(PLAN, NOTHING, NOTHING);
    assertThat(run("replay", journal.toString())).isEqualTo(1);
    assertThat(out.toString())
        .isEqualTo(
            """
            cycle 2, 1970-01-01T00:00:00Z
              STARTS      g (root.a)
                was: is not told why it waits
                now: starts on n1 x2
            2 of 3 cycles planned again differ.
            """);
  }

  @Test
  void otherQueuesShowWhoWouldWinAndLose() throws IOException {
    journal(PLAN);
    assertThat(run("replay", journal.toString(), "--queues", queues("a", 67))).isZero();
    assertThat(out.toString().replaceAll("AT_MAXIMUM: .*", "AT_MAXIMUM: …"))
        .isEqualTo(
            """
            cycle 1, 1970-01-01T00:00:00Z
              WAITS       g (root.a)
                was: starts on n1 x2
                now: waits, QUEUE_AT_MAXIMUM: …
            1 of 1 cycles planned again differ.
            Each cycle is judged alone: the next snapshot is still the recorded one.
            gangs of queue                           would start sooner  would wait longer would be refused
            root.a                                                    0                  1                0
            """);
  }

  /** By submission the two go one after the other; by forecast the short one goes first. */
  @Test
  void anotherPolicyShowsWhoWouldWinAndLose() throws IOException {
    Gang first = gang("first").members(2, 1).build();
    Gang quick = gang("quick").submitted(1).members(3, 1).build();
    ClusterSnapshot snapshot =
        Picture.of("n1 . . .")
            .with(first, quick)
            .withForecasts(
                ImmutableList.of(),
                ImmutableMap.of(
                    first.id(), new Forecast(900_000, 900_000, 900_000),
                    quick.id(), new Forecast(1_000, 1_000, 1_000)));
    try (JournalFiles files = new JournalFiles(journal, 1 << 20)) {
      files.append(
          Cycle.decided(
              1,
              PolicyName.PREDICTED,
              snapshot,
              Planner.predicted().plan(snapshot),
              ImmutableList.of(),
              1));
    }
    assertThat(run("replay", journal.toString(), "--policy", "predicted")).isZero();
    assertThat(out.toString()).contains("1 cycles planned again, each to the same decisions.");
    assertThat(run("replay", journal.toString(), "--policy", "priority")).isZero();
    assertThat(out.toString())
        .contains("STARTS      first (root.a)")
        .contains("WAITS       quick (root.a)")
        .contains("RESERVATION quick (root.a)")
        .contains("1 of 1 cycles planned again differ.");
    assertThat(run("replay", journal.toString(), "--policy", "fair")).isEqualTo(2);
    assertThat(err.toString()).contains("--policy is \"fair\" but must be priority or predicted.");
  }

  @Test
  void withJsonStandardOutputIsOneObject() throws IOException {
    journal(PLAN);
    assertThat(run("replay", journal.toString(), "--json", "--queues", queues("a", 67))).isZero();
    JsonNode node = new ObjectMapper().readTree(out.toString());
    assertThat(out.toString().lines()).hasSize(1);
    assertThat(node.path("cycles").asInt()).isEqualTo(1);
    assertThat(node.path("cyclesDiffering").asInt()).isEqualTo(1);
    assertThat(node.path("tornLines").asInt(-1)).isZero();
    assertThat(node.path("differing").path(0).path("changes").path(0).path("kind").asText())
        .isEqualTo("waits");
    assertThat(node.path("gangsByQueue").path("root.a").path("losers").asInt()).isEqualTo(1);
  }

  @Test
  void theCommandsOfTheDocumentsWork() throws IOException {
    journal(PLAN);
    String queues = queues("a", 100);
    List<String> commands =
        Files.readAllLines(Golden.REPOSITORY.resolve("docs/operating.md")).stream()
            .filter(line -> line.startsWith("scripts/gpu replay "))
            .map(line -> line.replace("scripts/gpu ", ""))
            .map(line -> line.replace("/var/lib/hadoop-yarn/gpu-journal", journal.toString()))
            .map(line -> line.replace("capacity-scheduler.xml", queues))
            .toList();
    assertThat(commands).hasSize(3);
    for (String command : commands) {
      assertThat(run(Splitter.on(' ').splitToList(command).toArray(new String[0])))
          .as("%s: %s", command, err)
          .isZero();
    }
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void wrongInputEndsWith2() throws IOException {
    journal(PLAN);
    assertThat(run("replay")).isEqualTo(2);
    assertThat(run("replay", folder + "/none")).isEqualTo(2);
    assertThat(run("replay", journal.toString(), "--queues", queues("z", 100))).isEqualTo(2);
    assertThat(err.toString())
        .contains(folder + "/none: there is no such file.")
        .contains("lacks queues that have gangs or are in use in the journal")
        .contains(": root.a. Maybe");
    assertThat(out.toString()).isEmpty();
  }
}
