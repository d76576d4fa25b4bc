import java.io.PrintStream;
import java.util.Locale;
import java.util.stream.Collectors;

/** Shows the day on a terminal, redrawn in place, or as a line now and then where there is none. */
final class TerminalView {
  private static final int LINES = 5;
  private static final int SECONDS_A_LINE = 5;
  private static final int LOAD_BAR = 40;

  private final PrintStream out;
  private final boolean redraws;
  private final double peak;
  private final int sloMs;
  private final int epochs;
  private boolean isBegun;

  TerminalView(PrintStream out, boolean redraws, double peak, int sloMs, int epochs) {
    this.out = out;
    this.redraws = redraws;
    this.peak = peak;
    this.sloMs = sloMs;
    this.epochs = epochs;
  }

  void show(Moment moment) {
    if (!redraws) {
      if (moment.second() % SECONDS_A_LINE == 0) {
        out.println(line(moment));
      }
      return;
    }
    if (isBegun) {
      out.printf("\033[%dA", LINES);
    }
    isBegun = true;
    for (String line : block(moment)) {
      out.printf("\033[2K%s%n", line);
    }
    out.flush();
  }

  String[] block(Moment now) {
    ClusterWatch.Sighting seen = now.seen();
    double share = Math.min(1, now.offered() / peak);
    return new String[] {
      "  %s   replicas %d ready of %d wanted%s"
          .formatted(
              now.clock(),
              seen.ready(),
              seen.wanted(),
              seen.leaving() > 0 ? ", " + seen.leaving() + " leaving" : ""),
      "  load    %s%4.0f requests/s"
          .formatted(bar((int) Math.round(LOAD_BAR * share), LOAD_BAR), now.offered()),
      "  p99     %6s of %d ms".formatted(ms(now.requests().p99Ms()), sloMs),
      "  GPUs    %s  %d serve, %d lent; %d gangs recalled so far"
          .formatted(holders(now), now.serving(), now.lent(), seen.recalled()),
      "  trained %s epochs".formatted(trained(now, "/" + epochs)),
    };
  }

  private String line(Moment now) {
    return "  %s %3.0f/s p99 %5s ms  %d/%d ready  %s  %s"
        .formatted(
            now.clock(),
            now.offered(),
            ms(now.requests().p99Ms()),
            now.seen().ready(),
            now.seen().wanted(),
            holders(now),
            trained(now, ""));
  }

  private static String trained(Moment now, String behind) {
    return now.seen().epochs().entrySet().stream()
        .map(training -> training.getKey() + " " + training.getValue() + behind)
        .collect(Collectors.joining("  "));
  }

  /** A letter a GPU: S serves, L is lent, a dot is idle. */
  private static String holders(Moment now) {
    return "S".repeat(now.serving())
        + "L".repeat(now.lent())
        + ".".repeat(now.gpus() - now.serving() - now.lent());
  }

  private static String bar(int full, int length) {
    return "#".repeat(full) + " ".repeat(length - full);
  }

  private static String ms(double ms) {
    return Double.isNaN(ms) ? "-" : String.format(Locale.ROOT, "%.0f", ms);
  }
}
