package org.yarngpu.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.base.Ticker;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yarngpu.history.UseStore.Opened;
import org.yarngpu.history.hadoop.HadoopFolder;
import org.yarngpu.predict.PredictorState;
import org.yarngpu.testing.Eventually;

class UseStoreTest {
  @TempDir private Path folder;

  private final AtomicLong nanos = new AtomicLong();
  private final Ticker ticker =
      new Ticker() {
        @Override
        public long read() {
          return nanos.get();
        }
      };
  private Clock clock = Clock.fixed(Instant.parse("2026-01-31T12:00:00Z"), ZoneOffset.UTC);

  private static UseState use(int gpuMs) {
    return new UseState(
        1_000L * gpuMs,
        ImmutableMap.of(
            "root.a", ImmutableMap.of("ann", (double) gpuMs, "bob", gpuMs / 3.0),
            "root.b", ImmutableMap.of("ann", 1e-9)));
  }

  private HadoopFolder files() {
    return HadoopFolder.at(folder.toUri().toString());
  }

  private Opened open() {
    return UseStore.open(files(), clock, ticker);
  }

  private void run(int gpuMs) {
    open().store().close(use(gpuMs));
  }

  private UseState recovered() {
    Opened opened = open();
    opened.store().close(UseState.NOTHING);
    return opened.recovered();
  }

  private ImmutableList<String> names(String part) {
    return Arrays.stream(folder.toFile().list())
        .filter(name -> name.contains(part))
        .sorted()
        .collect(ImmutableList.toImmutableList());
  }

  @Test
  void whatIsKeptIsThereAfterARestart() {
    assertThat(recovered()).isEqualTo(UseState.NOTHING);
    run(7);
    assertThat(recovered()).isEqualTo(use(7));
    assertThat(recovered()).as("nobody used anything since").isEqualTo(use(7));
  }

  @Test
  void aProcessThatIsKilledLosesWhatIsYoungerThanAMinute() {
    UseStore store = open().store();
    store.keep(() -> use(99));
    assertThat(names("use")).isEmpty();
    for (int minute = 1; minute < 5; minute++) {
      UseState now = use(minute);
      String file = String.format("-%06d.jsonl.gz", minute);
      nanos.addAndGet(Duration.ofMinutes(1).toNanos());
      store.keep(() -> now);
      store.keep(() -> use(99));
      Eventually.await(
          Duration.ofSeconds(10),
          () -> "the file is in place",
          () -> names(file).size() == 1 && names(".tmp").isEmpty());
      assertThat(recovered()).isEqualTo(now);
    }
    assertThat(names("use")).hasSize(2);
  }

  @Test
  void ofAFileThatIsTornAnywhereNothingCountsAndTheOneBeforeItDoes() throws IOException {
    run(1);
    run(2);
    String last = names("use").get(1);
    byte[] whole = Files.readAllBytes(folder.resolve(last));
    for (int length = 0; length < whole.length; length++) {
      Files.write(folder.resolve(last), Arrays.copyOf(whole, length));
      assertThat(recovered()).isEqualTo(use(1));
      assertThat(names(".damaged")).containsExactly(last + ".damaged");
    }
    Files.delete(folder.resolve(last + ".damaged"));
    run(3);
    assertThat(recovered()).isEqualTo(use(3));
  }

  @Test
  void withoutAnyGoodFileAllUsersBeginEqual() throws IOException {
    run(1);
    Files.write(folder.resolve(names("use").get(0)), new byte[10]);
    assertThat(recovered()).isEqualTo(UseState.NOTHING);
    assertThat(names(".damaged")).hasSize(1);
  }

  @Test
  void aSuccessorWhoseClockIsBehindCountsAsTheLaterAndAReplacedProcessAsTheEarlier() {
    UseStore replaced = open().store();
    replaced.close(use(1));
    UseStore late = open().store();
    clock = Clock.offset(clock, Duration.ofHours(-1));
    run(2);
    run(3);
    late.close(use(9));
    assertThat(recovered()).isEqualTo(use(3));
  }

  @Test
  void aFolderThatCannotBeReadTodayKeepsWhatItHas() {
    run(1);
    Opened opened = UseStore.open(new NotUpYet(files()), clock, ticker);
    assertThat(opened.recovered()).isEqualTo(UseState.NOTHING);
    opened.store().close(use(2));
    assertThat(recovered()).isEqualTo(use(1));
  }

  /** Lists its files and gives none. */
  private record NotUpYet(Folder folder) implements Folder {
    @Override
    public void make() throws IOException {
      folder.make();
    }

    @Override
    public ImmutableList<String> list() throws IOException {
      return folder.list();
    }

    @Override
    public InputStream open(String name) throws IOException {
      throw new IOException("no datanode is up");
    }

    @Override
    public OutputStream create(String name) throws IOException {
      return folder.create(name);
    }

    @Override
    public void rename(String from, String to) throws IOException {
      folder.rename(from, to);
    }

    @Override
    public void delete(String name) throws IOException {
      folder.delete(name);
    }
  }

  @Test
  void aHistoryThatIsReplacedLeavesTheUseOfUsersAlone() throws IOException {
    run(1);
    assertThat(HistoryStore.existsIn(files())).as("a history of forecasts").isFalse();
    HistoryStore.replace(files(), clock, PredictorState.EMPTY);
    assertThat(recovered()).isEqualTo(use(1));
  }

  @Test
  void whatIsNoUseOfUsersIsAnErrorThatSaysWhy() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    UseJson.print(use(1), out);
    String text = out.toString(StandardCharsets.US_ASCII);
    assertWrong("", "it ends too early");
    assertWrong(text.replace("\"version\":1", "\"version\":2"), "version 2");
    assertWrong(text.replace("\"users\":3", "\"users\":4"), "it ends too early");
    assertWrong(text.replace("\"users\":3", "\"users\":2"), "more than its 2 users");
    assertWrong(text.replace("bob", "ann"), "Multiple entries with same key");
    assertWrong(text.replace("1.0E-9", "-1"), "gpuMs (-1.0) is not above 0");
  }

  private static void assertWrong(String text, String why) {
    assertThatThrownBy(
            () -> UseJson.parse(new ByteArrayInputStream(text.getBytes(StandardCharsets.US_ASCII))))
        .isInstanceOf(HistoryException.class)
        .hasMessageContaining(why);
  }
}
