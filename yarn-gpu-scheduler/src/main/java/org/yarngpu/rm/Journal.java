package org.yarngpu.rm;

import com.google.common.base.Ticker;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Iterables;
import com.google.common.collect.Maps;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.yarngpu.config.Settings;
import org.yarngpu.journal.Cycle;
import org.yarngpu.journal.JournalFiles;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.GangId;
import org.yarngpu.model.Plan;
import org.yarngpu.model.Reason;
import org.yarngpu.model.Rejection;
import org.yarngpu.storage.WriterThread;

/**
 * Chooses the cycles that are worth keeping: those that decided something, failures, and one a
 * minute. Confined to the loop; does nothing while {@code journal.dir} is empty.
 */
final class Journal {
  /** Nodes, queues and gangs of the cycles that wait, together; about 100 MB of heap. */
  static final int WAITING_MAX = 100_000;

  private static final long MINUTE_MS = 60_000;
  private static final long BYTES_PER_MIB = 1 << 20;

  private final SchedulerMetrics metrics;
  private String folder = "";
  private int maxMib;
  private @Nullable WriterThread<Cycle> thread;
  private Map<GangId, Reason> reasons = ImmutableMap.of();
  private long recordedMs = Long.MIN_VALUE;

  Journal(SchedulerMetrics metrics) {
    this.metrics = metrics;
  }

  /** Begins, moves or ends the journal as the settings say. */
  void follow(Settings settings) {
    if (settings.journalDir().equals(folder) && settings.journalMaxMib() == maxMib) {
      return;
    }
    close();
    folder = settings.journalDir();
    maxMib = settings.journalMaxMib();
    if (!folder.isEmpty()) {
      JournalFiles files = new JournalFiles(Path.of(folder), maxMib * BYTES_PER_MIB);
      thread = start(files, folder, metrics::journalDropped, Ticker.systemTicker());
      recordedMs = Long.MIN_VALUE;
    }
  }

  /** Keeps the cycle if it is worth it; never blocks. */
  void record(Cycle cycle) {
    WriterThread<Cycle> running = thread;
    if (running == null) {
      return;
    }
    boolean worth = cycle.failure().isPresent() || decidesSomething(cycle);
    long nowMs = cycle.snapshot().nowMs();
    if (worth || recordedMs == Long.MIN_VALUE || nowMs - recordedMs >= MINUTE_MS) {
      recordedMs = nowMs;
      running.offer(cycle);
    }
  }

  /** Writes what is waiting and ends the thread. */
  void close() {
    WriterThread<Cycle> running = thread;
    thread = null;
    if (running != null) {
      running.close();
    }
  }

  /** Starts the thread that writes. */
  static WriterThread<Cycle> start(
      JournalFiles files, String folder, Runnable dropped, Ticker ticker) {
    return WriterThread.start(
        files,
        new WriterThread.Subject("journal", folder),
        new WriterThread.Room<>(WAITING_MAX, Journal::weight),
        cycle -> dropped.run(),
        ticker);
  }

  private static int weight(Cycle cycle) {
    ClusterSnapshot snapshot = cycle.snapshot();
    return 1
        + snapshot.nodes().size()
        + snapshot.queues().size()
        + snapshot.gangs().size()
        + snapshot.running().size();
  }

  private boolean decidesSomething(Cycle cycle) {
    if (cycle.plan().isEmpty()) {
      return false;
    }
    Plan plan = cycle.plan().get();
    Map<GangId, Reason> before = reasons;
    reasons = Maps.transformValues(plan.rejections(), Rejection::reason);
    return !plan.placements().isEmpty()
        || !plan.reservations().equals(cycle.snapshot().reservations())
        || !Iterables.elementsEqual(reasons.entrySet(), before.entrySet()); // both in order
  }
}
