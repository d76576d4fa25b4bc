package org.yarngpu.sim;

/**
 * The time for which a run remembers who held what.
 *
 * @param fromMs inclusive, since the start of the trace
 * @param toMs exclusive
 */
public record GanttWindow(long fromMs, long toMs) {
  private static final long HOUR_MS = 3_600_000;

  public static final GanttWindow NONE = new GanttWindow(0, 0);

  /** The hour that begins with the given hour of the trace. */
  public static GanttWindow hour(long hour) {
    return new GanttWindow(hour * HOUR_MS, (hour + 1) * HOUR_MS);
  }

  /**
   * The hour at whose end the most GPU time is due that {@code gpus} devices could not have served
   * yet, however they were scheduled.
   */
  public static GanttWindow busiestHour(Workload workload, int gpus) {
    double backlogMs = 0;
    double mostMs = -1;
    long busiest = 0;
    long hour = workload.jobs().get(0).submitMs() / HOUR_MS;
    double servedMs = (double) HOUR_MS * gpus;
    for (Job job : workload.jobs()) {
      long submitted = job.submitMs() / HOUR_MS;
      backlogMs = Math.max(0, backlogMs - (submitted - hour) * servedMs);
      hour = submitted;
      backlogMs += (double) job.runMs() * job.gpus();
      if (backlogMs > mostMs) {
        mostMs = backlogMs;
        busiest = hour;
      }
    }
    return hour(busiest);
  }

  public boolean touches(long otherFromMs, long otherToMs) {
    return otherFromMs < toMs && otherToMs > fromMs;
  }
}
