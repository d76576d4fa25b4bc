package org.yarngpu.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yarngpu.testing.LocalYarn;
import org.yarngpu.testing.TestAm;

/** What a ResourceManager wrote is planned again to the same decisions. */
class ReplayIT {
  @TempDir private Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... arguments) {
    out.getBuffer().setLength(0);
    return Main.run(
        () -> {
          throw new AssertionError("replay talks to no cluster");
        },
        new PrintWriter(out, true),
        new PrintWriter(err, true),
        arguments);
  }

  /** The queues of {@link LocalYarn}, but for the maximum of root.a. */
  private String queues(int maximumOfA) throws IOException {
    return Files.writeString(
            folder.resolve("queues-%d.xml".formatted(maximumOfA)),
            """
            <configuration>
            <property><name>yarn.scheduler.capacity.root.queues</name><value>a,b</value></property>
            <property><name>yarn.scheduler.capacity.root.a.capacity</name><value>50</value></property>
            <property><name>yarn.scheduler.capacity.root.a.maximum-capacity</name><value>%d</value></property>
            <property><name>yarn.scheduler.capacity.root.b.capacity</name><value>50</value></property>
            </configuration>
            """
                .formatted(maximumOfA))
        .toString();
  }

  @Test
  void whatTheResourceManagerDecidedIsDecidedAgain() throws Exception {
    Path journal = Files.createDirectory(folder.resolve("journal"));
    try (LocalYarn yarn =
        LocalYarn.of(2, 4).with("yarn.scheduler.gpu.journal.dir", journal.toString()).start()) {
      TestAm first = TestAm.on(yarn).gang(6).register().ask(6).awaitHeld(6);
      TestAm second =
          TestAm.on(yarn)
              .queue("root.b")
              .gang(8)
              .register()
              .ask(8)
              .awaitReason("NOT_ENOUGH_FREE_GPUS");
      first.finish();
      second.awaitHeld(8).finish();
    }
    assertThat(run("replay", journal.toString())).as("%s%s", out, err).isZero();
    System.out.print(out);
    assertThat(out.toString()).matches("\\d+ cycles planned again, each to the same decisions.\\R");

    assertThat(run("replay", journal.toString(), "--queues", queues(100))).isZero();
    assertThat(out.toString()).contains("each to the same decisions.");

    assertThat(run("replay", journal.toString(), "--queues", queues(50))).isZero();
    System.out.print(out);
    assertThat(out.toString())
        .contains("was: starts on")
        .containsPattern("root\\.a +0 +0 +1\\R")
        .contains("Each cycle is judged alone");
    assertThat(err.toString()).isEmpty();
  }
}
