package org.yarngpu.history;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.base.Ticker;
import com.google.common.collect.ImmutableList;
import com.google.common.util.concurrent.Uninterruptibles;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yarngpu.history.HistoryStore.Opened;
import org.yarngpu.history.hadoop.HadoopFolder;
import org.yarngpu.predict.Completion;
import org.yarngpu.predict.Gate;
import org.yarngpu.predict.Identities;
import org.yarngpu.predict.PredictorState;
import org.yarngpu.predict.SimilarJobsRuntime;
import org.yarngpu.testing.Eventually;
import org.yarngpu.testing.Seeded;

class HistoryStoreTest {
  private static final int GROUPS = 60;

  @TempDir private Path folder;

  private final AtomicInteger dropped = new AtomicInteger();
  private final AtomicLong nanos = new AtomicLong();
  private final Ticker ticker =
      new Ticker() {
        @Override
        public long read() {
          return nanos.get();
        }
      };
  private Clock clock = Clock.fixed(Instant.parse("2026-01-31T12:00:00Z"), ZoneOffset.UTC);

  /** A ResourceManager, as far as it learns. */
  private final class Rm implements AutoCloseable {
    private final HistoryStore store;
    private final SimilarJobsRuntime predictor;

    Rm(Folder files) {
      Opened opened = HistoryStore.open(files, clock, ticker, dropped::incrementAndGet);
      store = opened.store();
      predictor = opened.recovered().predictor(GROUPS, Gate.ON);
    }

    void ended(Completion completion) {
      predictor.learn(completion);
      store.append(completion, predictor::snapshot);
    }

    @Override
    public void close() {
      store.close();
    }
  }

  private HadoopFolder files() {
    return HadoopFolder.at(folder.toUri().toString());
  }

  private ImmutableList<String> names(String part) {
    return Arrays.stream(folder.toFile().list())
        .filter(name -> name.contains(part))
        .sorted()
        .collect(ImmutableList.toImmutableList());
  }

  private static Completion end(int number) {
    return Completion.succeeded(
        Identities.job("ann", "job-" + (char) ('a' + number % 5), 1),
        60 + number,
        Optional.empty());
  }

  private static PredictorState learned(int from, int to) {
    SimilarJobsRuntime predictor = new SimilarJobsRuntime(GROUPS, Gate.ON, PredictorState.EMPTY);
    for (int number = from; number < to; number++) {
      predictor.learn(end(number));
    }
    return predictor.snapshot();
  }

  private PredictorState recovered() throws IOException {
    return HistoryStore.read(files()).predictor(GROUPS, Gate.ON).snapshot();
  }

  /** Lets one process learn from some completions, the last of which makes it take a snapshot. */
  private void runWithSnapshot(int from, int to) {
    try (Rm rm = new Rm(files())) {
      for (int number = from; number < to; number++) {
        if (number == to - 1) {
          nanos.addAndGet(Duration.ofHours(1).toNanos());
        }
        rm.ended(end(number));
      }
    }
  }

  private void run(int from, int to) {
    try (Rm rm = new Rm(files())) {
      for (int number = from; number < to; number++) {
        rm.ended(end(number));
      }
    }
  }

  @Seeded(runs = 30)
  void aPredictorThatIsRestartedNowAndThenEqualsOneThatIsNot(SplittableRandom random)
      throws IOException {
    SimilarJobsRuntime unhurt = new SimilarJobsRuntime(GROUPS, Gate.ON, PredictorState.EMPTY);
    for (int starts = random.nextInt(1, 8); starts > 0; starts--) {
      if (random.nextInt(3) == 0) { // the next machine's clock is behind or ahead
        clock = Clock.offset(clock, Duration.ofSeconds(random.nextInt(-100, 100)));
      }
      try (Rm rm = new Rm(files())) {
        assertThat(rm.predictor.snapshot()).isEqualTo(unhurt.snapshot());
        for (int ends = random.nextInt(30); ends > 0; ends--) {
          Completion any = Identities.anyEnd(Identities.any(random), unhurt, random);
          unhurt.learn(any);
          nanos.addAndGet(Duration.ofMinutes(random.nextInt(12)).toNanos());
          rm.ended(any);
        }
      }
    }
    assertThat(recovered()).isEqualTo(unhurt.snapshot());
    assertThat(dropped).hasValue(0);
    assertThat(names("snapshot")).hasSizeLessThanOrEqualTo(2);
    assertThat(names("tmp")).isEmpty();
  }

  @Test
  void whatWasAppendedIsOnDiskOnceNothingWaits() {
    Rm rm = new Rm(files());
    for (int number = 0; number < 20; number++) {
      rm.ended(end(number));
    }
    Eventually.await(
        Duration.ofSeconds(10),
        () -> "all is on disk while the store is open",
        () -> recovered().equals(learned(0, 20)));
    rm.close();
  }

  @Test
  void afterACrashAtAnyByteOfTheLogAllWholeLinesAreThere() throws IOException {
    runWithSnapshot(0, 3);
    run(3, 6);
    Path log = folder.resolve(names("completions").get(1));
    byte[] whole = Files.readAllBytes(log);
    for (int length = 0; length <= whole.length; length++) {
      byte[] torn = Arrays.copyOf(whole, length);
      Files.write(log, torn);
      int lines = (int) new String(torn, US_ASCII).chars().filter(c -> c == '\n').count();
      Recovered recovered = HistoryStore.read(files());
      assertThat(recovered.damages()).isEmpty();
      assertThat(recovered.since()).hasSize(lines);
      assertThat(recovered.predictor(GROUPS, Gate.ON).snapshot()).isEqualTo(learned(0, 3 + lines));
    }
  }

  @Test
  void theNextProcessBeginsAFileOfItsOwnAfterATornOne() throws IOException {
    run(0, 2);
    Path log = folder.resolve(names("completions").get(0));
    Files.writeString(log, "{\"version\":1,\"us", StandardOpenOption.APPEND);
    run(2, 4);
    assertThat(names("completions")).hasSize(2);
    assertThat(recovered()).isEqualTo(learned(0, 4));
  }

  @Test
  void aDamagedSnapshotIsSetAsideAndTheOneBeforeItLosesNothing() throws IOException {
    runWithSnapshot(0, 3);
    runWithSnapshot(3, 6);
    run(6, 8);
    Path last = folder.resolve(names("snapshot").get(1));
    byte[] bytes = Files.readAllBytes(last);
    for (int at = 12; at < bytes.length; at += 7) { // ten bytes of gzip's head mean nothing to it
      byte[] damaged = bytes.clone();
      damaged[at] ^= 4;
      Files.write(last, damaged);
      assertThat(recovered()).isEqualTo(learned(0, 8));
    }
    Files.write(last, Arrays.copyOf(bytes, bytes.length / 2));
    try (Rm rm = new Rm(files())) {
      assertThat(rm.predictor.snapshot()).isEqualTo(learned(0, 8));
      assertThat(names(".damaged")).containsExactly(last.getFileName() + ".damaged");
      nanos.addAndGet(Duration.ofMinutes(1).toNanos()); // a minute later the loss is made good
      rm.ended(end(8));
    }
    assertThat(names(".gz")).hasSize(3);
    assertThat(recovered()).isEqualTo(learned(0, 9));
  }

  @Test
  void withoutAnyGoodSnapshotTheLogIsAllThatIsLeft() throws IOException {
    runWithSnapshot(0, 3);
    run(3, 5);
    Files.write(folder.resolve(names("snapshot").get(0)), new byte[10]);
    try (Rm rm = new Rm(files())) {
      assertThat(rm.predictor.snapshot()).isEqualTo(learned(0, 5));
    }
  }

  @Test
  void aDamagedLineEndsItsFileAndNoOther() throws IOException {
    run(0, 4);
    run(4, 6);
    Path first = folder.resolve(names("completions").get(0));
    ImmutableList<String> lines = ImmutableList.copyOf(Files.readAllLines(first));
    Files.write(first, ImmutableList.of(lines.get(0), "\u0000\u0000", lines.get(2), lines.get(3)));
    SimilarJobsRuntime expected = new SimilarJobsRuntime(GROUPS, Gate.ON, PredictorState.EMPTY);
    for (int number : new int[] {0, 4, 5}) {
      expected.learn(end(number));
    }
    try (Rm rm = new Rm(files())) {
      assertThat(rm.predictor.snapshot()).isEqualTo(expected.snapshot());
    }
    assertThat(names(".damaged")).containsExactly(first.getFileName() + ".damaged");
  }

  @Test
  void aFileOfAnotherVersionIsSetAside() throws IOException {
    run(0, 1);
    Path log = folder.resolve(names("completions").get(0));
    Files.writeString(log, Files.readString(log).replace("\"version\":1", "\"version\":2"));
    assertThat(HistoryStore.read(files()).damages())
        .extracting(Recovered.Damage::why)
        .containsExactly(
            "line 1: it has version 2, this program reads version 1. Maybe use the release that"
                + " wrote it");
    new Rm(files()).close();
    assertThat(names(".damaged")).hasSize(1);
  }

  @Test
  void aLogFileThatCannotBeDeletedIsNotLearnedTwice() throws IOException {
    runWithSnapshot(0, 3);
    Folder keepsAll =
        new Slow(files(), new CountDownLatch(0)) {
          @Override
          public void delete(String name) throws IOException {
            throw new IOException("busy");
          }
        };
    try (Rm rm = new Rm(keepsAll)) {
      rm.ended(end(3));
      nanos.addAndGet(Duration.ofHours(1).toNanos());
      rm.ended(end(4));
    }
    assertThat(names("snapshot")).hasSize(2);
    assertThat(names("completions")).hasSize(2);
    assertThat(recovered()).isEqualTo(learned(0, 5));
    runWithSnapshot(5, 8);
    assertThat(names("completions")).hasSize(1);
    assertThat(recovered()).isEqualTo(learned(0, 8));
  }

  @Test
  void whatAReplacedProcessStillWritesHidesNothingOfItsSuccessor() throws IOException {
    run(0, 2);
    Rm replaced = new Rm(files());
    replaced.ended(end(2));
    Eventually.await(
        Duration.ofSeconds(10),
        () -> "what the first has learned is in its file",
        () -> recovered().equals(learned(0, 3)));
    try (Rm successor = new Rm(files())) {
      successor.ended(end(3));
      nanos.addAndGet(Duration.ofHours(1).toNanos());
      successor.ended(end(4)); // takes a snapshot
      successor.ended(end(5));
    }
    for (int number = 100; number < 103; number++) { // three snapshots of the old one
      nanos.addAndGet(Duration.ofHours(1).toNanos());
      replaced.ended(end(number));
    }
    replaced.close();
    try (Rm next = new Rm(files())) {
      assertThat(next.predictor.snapshot().groups()).isNotEmpty();
      SimilarJobsRuntime expected = new SimilarJobsRuntime(GROUPS, Gate.ON, learned(0, 5));
      assertThat(HistoryStore.read(files()).state()).isEqualTo(expected.snapshot());
      assertThat(HistoryStore.read(files()).since()).contains(end(5));
    }
  }

  @Test
  void filesDoNotPileUp() {
    try (Rm rm = new Rm(files())) {
      for (int round = 1; round <= 4; round++) {
        for (int number = 0; number < HistoryStore.COMPLETIONS_PER_SNAPSHOT; number++) {
          rm.ended(end(number));
        }
        String snapshot = String.format("-%06d.jsonl.gz", 2 * round);
        Eventually.await(
            Duration.ofSeconds(10),
            () -> "the snapshot is in place",
            () -> names(snapshot).size() == 1 && names(".tmp").isEmpty());
      }
      rm.ended(end(0));
    }
    assertThat(dropped).hasValue(0);
    assertThat(names("snapshot")).hasSize(2);
    assertThat(names("completions")).hasSize(2);
  }

  @Test
  void aFolderThatIsMissingIsMade() throws IOException {
    folder = folder.resolve("a/b");
    run(0, 2);
    assertThat(recovered()).isEqualTo(learned(0, 2));
  }

  @Test
  void aFolderThatCannotBeMadeCostsTheHistoryButNeverTheStart() throws IOException {
    folder = Files.createFile(folder.resolve("a-file")).resolve("below");
    try (Rm rm = new Rm(files())) {
      assertThat(rm.predictor.snapshot()).isEqualTo(PredictorState.EMPTY);
      for (int number = 0; number < 20; number++) {
        rm.ended(end(number));
      }
    }
    assertThat(dropped).hasValue(20);
  }

  @Test
  void aHistoryThatCannotBeReadTodayIsAddedToAndNotHidden() throws IOException {
    runWithSnapshot(0, 3);
    Folder notUpYet =
        new Slow(files(), new CountDownLatch(0)) {
          @Override
          public InputStream open(String name) throws IOException {
            throw new IOException("no datanode is up");
          }
        };
    try (Rm rm = new Rm(notUpYet)) {
      assertThat(rm.predictor.snapshot()).isEqualTo(PredictorState.EMPTY);
      nanos.addAndGet(Duration.ofHours(2).toNanos());
      rm.ended(end(3));
      rm.ended(end(4));
    }
    assertThat(names("snapshot")).hasSize(1);
    assertThat(recovered()).isEqualTo(learned(0, 5));
  }

  @Test
  void whatTheDiskIsTooSlowForIsDroppedAndCountedAndALaterSnapshotHasIt() throws IOException {
    CountDownLatch slow = new CountDownLatch(1);
    try (Rm rm = new Rm(new Slow(files(), slow))) {
      rm.ended(end(0));
      for (int number = 1; number < 900; number++) {
        rm.ended(end(number));
      }
      assertThat(dropped).hasValue(0);
      nanos.addAndGet(Duration.ofHours(1).toNanos());
      rm.ended(end(900)); // a snapshot, which takes half of the room
      for (int number = 901; number < 6_000; number++) {
        rm.ended(end(number));
      }
      assertThat(dropped.get()).isPositive();
      slow.countDown();
      int kept = 6_000 - 901 - dropped.get();
      Eventually.await(Duration.ofSeconds(20), () -> "the thread follows", () -> logged() == kept);
      nanos.addAndGet(Duration.ofMinutes(1).toNanos());
      rm.ended(end(6_000));
    }
    assertThat(recovered()).isEqualTo(learned(0, 6_001));
  }

  /** Completions after the last snapshot; none while files come and go. */
  private int logged() {
    try {
      return HistoryStore.read(files()).since().size();
    } catch (IOException e) {
      return 0;
    }
  }

  @Test
  void whatAKilledProcessHadNotFinishedIsDeleted() throws IOException {
    runWithSnapshot(0, 3);
    Files.writeString(folder.resolve(names("snapshot").get(0) + ".tmp"), "half");
    Files.writeString(folder.resolve("notes.tmp"), "not ours");
    run(3, 4);
    assertThat(names("tmp")).containsExactly("notes.tmp");
  }

  @Test
  void aHistoryIsReplacedAsAWhole() throws IOException {
    runWithSnapshot(0, 3);
    run(3, 5);
    assertThat(HistoryStore.existsIn(files())).isTrue();
    HistoryStore.replace(files(), clock, learned(50, 60));
    assertThat(recovered()).isEqualTo(learned(50, 60));
    run(60, 61);
    assertThat(recovered()).isEqualTo(learned(50, 61));
  }

  @Test
  void lookingChangesNothing() throws IOException {
    assertThat(HistoryStore.existsIn(files())).isFalse();
    run(0, 2);
    Files.writeString(folder.resolve(names("completions").get(0)), "broken\n");
    ImmutableList<String> before = names("");
    assertThat(HistoryStore.read(files()).damages()).hasSize(1);
    assertThat(names("")).isEqualTo(before);
  }

  /** Takes nothing until it is let. */
  private static class Slow implements Folder {
    private final Folder folder;
    private final CountDownLatch let;

    Slow(Folder folder, CountDownLatch let) {
      this.folder = folder;
      this.let = let;
    }

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
      return folder.open(name);
    }

    @Override
    public OutputStream create(String name) throws IOException {
      Uninterruptibles.awaitUninterruptibly(let);
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
}
