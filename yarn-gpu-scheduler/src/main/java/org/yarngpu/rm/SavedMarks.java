package org.yarngpu.rm;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.yarngpu.job.SavedMark;

/** Takes what application masters say about saved work out of their lists of excluded hosts. */
final class SavedMarks {
  private static final Logger LOG = LoggerFactory.getLogger(SavedMarks.class);

  /** The clock of the file system that the job saves to may be ahead of ours by so much. */
  private static final long AHEAD_MAX_MS = 60_000;

  private final SchedulerMetrics metrics;

  SavedMarks(SchedulerMetrics metrics) {
    this.metrics = metrics;
  }

  /** Notes the marks among the excluded hosts, and returns the hosts. */
  @Nullable List<String> taken(GangState gang, @Nullable List<String> excluded, long nowMs) {
    if (excluded == null || excluded.stream().noneMatch(SavedMarks::isMark)) {
      return excluded;
    }
    List<String> hosts = new ArrayList<>();
    for (String host : excluded) {
      if (isMark(host)) {
        note(gang, host, nowMs);
      } else {
        hosts.add(host);
      }
    }
    return hosts;
  }

  /** Returns the hosts among those that are no longer excluded. */
  static @Nullable List<String> without(@Nullable List<String> included) {
    return included == null || included.stream().noneMatch(SavedMarks::isMark)
        ? included
        : included.stream().filter(host -> !isMark(host)).toList();
  }

  private void note(GangState gang, String mark, long nowMs) {
    OptionalLong savedMs = SavedMark.parse(mark);
    if (savedMs.isPresent() && savedMs.getAsLong() <= nowMs + AHEAD_MAX_MS) {
      gang.saved(savedMs.getAsLong());
      metrics.saveReported();
      return;
    }
    metrics.saveIgnored();
    if (gang.firstBadMark()) {
      LOG.warn(
          "{} says \"{}\", which is no moment in epoch milliseconds or lies ahead; it is ignored."
              + " Further ones are counted in SavesIgnored only",
          gang.attempt,
          mark.length() > 60 ? mark.substring(0, 60) : mark);
    }
  }

  /** The ResourceManager takes a list with a missing name; so do we. */
  private static boolean isMark(@Nullable String host) {
    return host != null && SavedMark.isMark(host);
  }
}
