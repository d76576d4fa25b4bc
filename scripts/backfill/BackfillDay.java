import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * Replays a day of load against the service, shows who holds the GPUs meanwhile, goes on until the
 * trainings have ended, and judges: {@code day.csv} and {@code backfill.svg} in the --out folder.
 *
 * <p>Exit codes: 0 the service kept its objective and there was at least one recall, 1 not, 2 wrong
 * usage.
 */
public final class BackfillDay {
  private static final long SEED = 1;
  private static final int VIEW_SECONDS = 5;
  private static final int AFTER_SECONDS_MAX = 120;
  private static final int OPEN_SECONDS_MAX = 15;
  private static final double SLOW_SHARE_MAX = 0.01;
  private static final double ERROR_SHARE_MAX = 0.001;

  private final Options options;
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(3))
          .build();
  private final int sloMs;
  private final int gpus;
  private final DayOfLoad day;
  private final Digits digits;
  private final Map<String, String> trainings = new TreeMap<>();
  private final List<Moment> moments = new ArrayList<>();

  private BackfillDay(Options options) throws IOException {
    this.options = options;
    this.sloMs = options.number("--slo-ms");
    this.gpus = options.number("--gpus");
    this.digits = Digits.read(Path.of(options.get("--data")));
    int seconds = options.number("--seconds");
    double peak = options.number("--peak");
    String load = options.get("--load");
    this.day =
        load.isEmpty()
            ? DayOfLoad.invented(seconds, peak, new Random(SEED))
            : DayOfLoad.read(Path.of(load), seconds, peak);
  }

  public static void main(String[] args) throws InterruptedException {
    try {
      Options options =
          Options.of(
              args,
              "--rm",
              "--service",
              "--trainings",
              "--checkpoints",
              "--epochs",
              "--data",
              "--load",
              "--seconds",
              "--peak",
              "--slo-ms",
              "--gpus",
              "--replica-gpus",
              "--accuracy",
              "--terminal",
              "--out");
      System.exit(new BackfillDay(options).run());
    } catch (IllegalArgumentException e) {
      System.err.println("BackfillDay: " + e.getMessage());
      System.exit(2);
    } catch (IOException e) {
      System.err.println("BackfillDay: " + e);
      System.exit(1);
    }
  }

  private int run() throws IOException, InterruptedException {
    Path out = Path.of(options.get("--out"));
    Map<String, Path> checkpoints = new TreeMap<>();
    for (String training : options.get("--trainings").split(",")) {
      String[] named = training.split("=");
      trainings.put(named[0], named[1]);
      checkpoints.put(named[0], Path.of(options.get("--checkpoints"), named[0], "checkpoint"));
    }
    ClusterWatch watch =
        new ClusterWatch(http, options.get("--rm"), options.get("--service"), checkpoints);
    watch.look();
    LoadReplay replay = new LoadReplay(http, day, digits, new Random(SEED));
    replay.endpoints(watch.endpoints());
    Thread sender = new Thread(replay::run, "load");
    sender.setDaemon(true);
    sender.start();
    watchDay(watch, replay);
    replay.end();
    sender.join();
    for (int waited = 0; replay.open() > 0 && waited < OPEN_SECONDS_MAX; waited++) {
      Thread.sleep(1000);
    }
    LoadReplay.Summary all = replay.summary(0, replay.seconds(), sloMs);
    writeCsv(replay, out.resolve("day.csv"));
    Files.writeString(
        out.resolve("backfill.svg"),
        DayPicture.of(moments, day, sloMs, "A service by day, training at night"));
    return verdict(all);
  }

  private void watchDay(ClusterWatch watch, LoadReplay replay) throws InterruptedException {
    TerminalView view =
        new TerminalView(
            System.out,
            options.get("--terminal").equals("true"),
            options.number("--peak"),
            sloMs,
            options.number("--epochs"));
    long beganNanos = System.nanoTime();
    List<String> running = new ArrayList<>(trainings.values());
    int second = 0;
    while (second < day.seconds() || !running.isEmpty()) {
      if (second > day.seconds() + AFTER_SECONDS_MAX) {
        print("fault           trainings have not ended after %d s: %s", second, running);
        return;
      }
      Moment now = look(watch, replay, second);
      moments.add(now);
      view.show(now);
      if (second >= day.seconds() / 2) {
        running.removeIf(watch::hasEnded);
      }
      long elapsedMs = (System.nanoTime() - beganNanos) / 1_000_000;
      Thread.sleep(1000 - elapsedMs % 1000);
      second = (int) (elapsedMs / 1000) + 1;
    }
  }

  private Moment look(ClusterWatch watch, LoadReplay replay, int second)
      throws InterruptedException {
    ClusterWatch.Sighting seen = watch.look();
    replay.endpoints(watch.endpoints());
    LoadReplay.Summary latest =
        replay.summary(Math.max(0, second - VIEW_SECONDS), second + 1, sloMs);
    return new Moment(
        second,
        day.clock(second),
        day.rate(second),
        latest,
        seen,
        gpus,
        options.number("--replica-gpus"));
  }

  private void writeCsv(LoadReplay replay, Path file) throws IOException {
    StringBuilder text =
        new StringBuilder(
            "second,time_of_day,offered_per_s,answered,errors,p50_ms,p99_ms,"
                + "ready,wanted,gpus_serving,gpus_lent,recalls\n");
    for (Moment moment : moments) {
      int second = moment.second();
      LoadReplay.Summary requests = replay.summary(second, second + 1, sloMs);
      text.append(
          String.format(
              Locale.ROOT,
              "%d,%s,%.1f,%d,%d,%.0f,%.0f,%d,%d,%d,%d,%d%n",
              second,
              moment.clock(),
              day.rate(second),
              requests.answered(),
              requests.errors(),
              requests.p50Ms(),
              requests.p99Ms(),
              moment.seen().ready(),
              moment.seen().wanted(),
              moment.serving(),
              moment.lent(),
              moment.seen().recalled()));
    }
    Files.writeString(file, text);
  }

  private int verdict(LoadReplay.Summary all) {
    int sent = all.answered() + all.errors();
    double slow = (double) all.slow() / Math.max(1, all.answered());
    double errors = (double) all.errors() / Math.max(1, sent);
    double accuracy = (double) all.right() / Math.max(1, all.answered());
    int recalls = moments.get(moments.size() - 1).seen().recalled();
    int lentMost = moments.stream().mapToInt(Moment::lent).max().orElse(0);
    print("requests        %d sent, %d answered, %d errors", sent, all.answered(), all.errors());
    print("response times  p50 %.0f ms, p99 %.0f ms", all.p50Ms(), all.p99Ms());
    print("objective       %d ms, missed by %.2f %% of the answers", sloMs, 100 * slow);
    print("digits          %.1f %% told right", 100 * accuracy);
    print("loans           up to %d GPUs lent, %d gangs recalled", lentMost, recalls);
    List<String> faults = new ArrayList<>();
    if (slow > SLOW_SHARE_MAX) {
      faults.add("more than 1 % of the answers took longer than " + sloMs + " ms");
    }
    if (errors > ERROR_SHARE_MAX) {
      faults.add("more than 0.1 % of the requests got no answer");
    }
    double accuracyMin = Double.parseDouble(options.get("--accuracy"));
    if (accuracy < accuracyMin) {
      faults.add("less than %.0f %% of the digits were told right".formatted(100 * accuracyMin));
    }
    if (lentMost == 0 || recalls == 0) {
      faults.add("nothing was lent, or nothing was recalled");
    }
    faults.forEach(fault -> print("fault           %s", fault));
    return faults.isEmpty() ? 0 : 1;
  }

  private static void print(String format, Object... values) {
    System.out.printf(Locale.ROOT, "  " + format + "%n", values);
  }
}
