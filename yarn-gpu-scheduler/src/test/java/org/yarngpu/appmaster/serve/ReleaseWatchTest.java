package org.yarngpu.appmaster.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.security.Credentials;
import org.apache.hadoop.yarn.client.api.NMClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yarngpu.appmaster.MemberLauncher;
import org.yarngpu.testing.Eventually;

/** Releases in a local directory. */
class ReleaseWatchTest {

  @TempDir Path directory = Path.of("");

  private final Configuration conf = new Configuration();
  private final NMClient nodes = NMClient.createNMClient();
  private Optional<ReleaseWatch> watch = Optional.empty();

  @AfterEach
  void close() {
    watch.ifPresent(ReleaseWatch::close);
  }

  @Test
  void readsOneAfterTheOtherAndWholeOnesOnly() throws IOException {
    write("job.json", "[\"one\"]", "[]");
    assertThat(numbers()).containsExactly(1);
    assertThat(numbers()).isEmpty();
    write("release-2.json.part", "[\"two\"]", "[]");
    write("release-3.json", "[\"three\"]", "[]");
    assertThat(numbers()).isEmpty();
    write("release-2.json", "[\"two\"]", "[]");
    assertThat(watch().read())
        .extracting(found -> found.spec().replica().command().get(0))
        .containsExactly("two", "three");
    assertThat(refusals()).isEmpty();
  }

  @Test
  void whatCannotBeFollowedIsRefusedOnceAndTheNextIsRead() throws IOException {
    write("job.json", "[\"one\"]", "[]");
    Files.writeString(directory.resolve("release-2.json"), "{\"replica\": ");
    Files.writeString(directory.resolve("release-3.json"), "{}");
    write("release-4.json", "[]", "[]");
    write("release-5.json", "[\"five\"]", "[\"" + directory.toUri() + "gone.py\"]");
    write("release-6.json", "[\"six\"]", "[]");
    assertThat(numbers()).containsExactly(1, 6);
    List<String> refusals = refusals();
    assertThat(refusals).hasSize(4).allMatch(words -> !words.contains("\n"));
    assertThat(refusals.get(0)).startsWith("release 2 is refused: ");
    assertThat(refusals.get(1)).startsWith("release 3 is refused: ").contains("replica");
    assertThat(refusals.get(2)).startsWith("release 4 is refused: ").contains("command");
    assertThat(refusals.get(3)).startsWith("release 5 is refused: ").contains("gone.py");
    assertThat(refusals()).isEmpty();
  }

  @Test
  void theThreadHandsOverTheNewest() throws IOException {
    write("job.json", "[\"one\"]", "[]");
    assertThat(numbers()).containsExactly(1);
    write("release-2.json", "[\"two\"]", "[]");
    write("release-3.json", "[\"three\"]", "[]");
    assertThat(watch().takeNewest()).isEmpty();
    watch().start();
    List<Integer> taken = new ArrayList<>();
    Eventually.await(
        Duration.ofSeconds(30),
        () -> "release 3 was found; there were " + taken,
        () -> {
          watch().takeNewest().map(ReleaseWatch.Found::number).ifPresent(taken::add);
          return taken.contains(3);
        });
    assertThat(watch().takeNewest()).isEmpty();
  }

  private ReleaseWatch watch() {
    if (watch.isEmpty()) {
      watch =
          Optional.of(
              new ReleaseWatch(
                  new org.apache.hadoop.fs.Path(directory.toUri()),
                  conf,
                  replica -> new MemberLauncher(nodes, replica, conf, new Credentials())));
    }
    return watch.orElseThrow();
  }

  private List<Integer> numbers() throws IOException {
    return watch().read().stream().map(ReleaseWatch.Found::number).toList();
  }

  private List<String> refusals() {
    List<String> refusals = new ArrayList<>();
    watch().drainRefusalsTo(refusals::add);
    return refusals;
  }

  private void write(String name, String command, String files) throws IOException {
    Files.writeString(
        directory.resolve(name),
        """
        {"replica": {"name": "s", "workers": 1, "files": %s, "command": %s},
         "min": 1, "max": 1, "sloMs": 9, "concurrency": 1, "portVariable": "PORT",
         "loadKind": "NONE", "loadPlace": "", "startTimeoutSeconds": 600, "drainSeconds": 30,
         "shrinkAfterSeconds": 300}
        """
            .formatted(files, command));
  }
}
