package org.yarngpu.cli;

import com.google.common.base.Stopwatch;
import com.google.common.base.Strings;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.yarngpu.sim.Progress;

/**
 * How far a run is: a bar that is drawn over itself on a terminal, else a line every ten seconds.
 */
final class SimulationProgress implements Progress {
  private static final Duration REDRAWN = Duration.ofMillis(200);
  private static final Duration REPEATED = Duration.ofSeconds(10);
  private static final int WIDTH = 24;

  private final PrintWriter err;
  private final boolean terminal;
  private final String run;
  private final Stopwatch watch = Stopwatch.createStarted();
  private long shownMs;

  /**
   * Follows one run.
   *
   * @param run what it is called, such as {@code 3/6 tiresias}
   */
  SimulationProgress(PrintWriter err, boolean terminal, String run) {
    this.err = err;
    this.terminal = terminal;
    this.run = run;
  }

  @Override
  public void at(int finished, int jobs, long nowMs) {
    long elapsedMs = watch.elapsed(TimeUnit.MILLISECONDS);
    if (elapsedMs - shownMs >= (terminal ? REDRAWN : REPEATED).toMillis()) {
      shownMs = elapsedMs;
      String line = line(finished, jobs, nowMs, elapsedMs);
      err.print(terminal ? "\r" + line : line + System.lineSeparator());
      err.flush();
    }
  }

  String line(int finished, int jobs, long nowMs, long elapsedMs) {
    int done = (int) ((long) WIDTH * finished / jobs);
    return "%-24s [%s%s] %d of %d jobs, day %.1f, %,d jobs/s"
        .formatted(
            run,
            Strings.repeat("#", done),
            Strings.repeat(".", WIDTH - done),
            finished,
            jobs,
            nowMs / 86_400_000.0,
            finished * 1000L / Math.max(1, elapsedMs));
  }

  @Override
  public void stopped(String why) {
    end();
    err.printf("%s stops early: %s.%n", run, why);
    err.flush();
  }

  /** Wipes the bar. */
  void end() {
    if (terminal) {
      err.print("\r" + Strings.repeat(" ", 100) + "\r");
      err.flush();
    }
  }
}
