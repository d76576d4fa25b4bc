package org.yarngpu.rm;

import java.util.EnumMap;
import java.util.Map;
import org.apache.hadoop.metrics2.MetricsCollector;
import org.apache.hadoop.metrics2.MetricsRecordBuilder;
import org.apache.hadoop.metrics2.MetricsSource;
import org.apache.hadoop.metrics2.lib.DefaultMetricsSystem;
import org.apache.hadoop.metrics2.lib.Interns;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Plan;
import org.yarngpu.model.Reason;
import org.yarngpu.model.Rejection;
import org.yarngpu.model.Reservation;
import org.yarngpu.model.RunningGang;

/** The Metrics2 source {@code GpuScheduler}, read at {@code /jmx}. */
final class SchedulerMetrics implements MetricsSource {
  private static final String NAME = "GpuScheduler";

  private long cycles;
  private long cyclesFailed;
  private long lastSnapshotMicros;
  private long lastPlanMicros;
  private long lastCommitMicros;
  private long gangsPlaced;
  private long commitsStale;
  private long commitsRefused;
  private int gpusReserved;
  private int gpusLent;
  private int gpusLendable;
  private int gpusStandby;
  private long journalDropped;
  private long predictorFailures;
  private long gangsNoticed;
  private long gangsEvicted;
  private long evictionsObserved;
  private long historyDropped;
  private long savesReported;
  private long savesIgnored;
  private boolean fallbackActive;
  private final Map<Reason, Integer> waiting = new EnumMap<>(Reason.class);

  void register() {
    // A ResourceManager that becomes active again registers anew.
    DefaultMetricsSystem.instance().unregisterSource(NAME);
    DefaultMetricsSystem.instance()
        .register(NAME, "The GPU scheduler's cycles and waiting gangs", this);
  }

  static void unregister() {
    DefaultMetricsSystem.instance().unregisterSource(NAME);
  }

  synchronized void cycle(Plan plan, long snapshotNanos, long planNanos, long commitNanos) {
    cycles++;
    lastSnapshotMicros = snapshotNanos / 1000;
    lastPlanMicros = planNanos / 1000;
    lastCommitMicros = commitNanos / 1000;
    gpusReserved = plan.reservations().values().stream().mapToInt(Reservation::gpus).sum();
    waiting.clear();
    for (Rejection rejection : plan.rejections().values()) {
      waiting.merge(rejection.reason(), 1, Integer::sum);
    }
  }

  synchronized void committed(YarnPlanExecutor.Outcome outcome) {
    switch (outcome) {
      case COMMITTED -> gangsPlaced++;
      case STALE -> commitsStale++;
      case REFUSED -> commitsRefused++;
    }
  }

  synchronized void loans(ClusterSnapshot snapshot) {
    gpusLendable = snapshot.loans().lendable().values().stream().mapToInt(gpus -> gpus).sum();
    gpusStandby = snapshot.loans().standby().values().stream().mapToInt(gpus -> gpus).sum();
    gpusLent = 0;
    for (RunningGang running : snapshot.running()) {
      gpusLent += running.lent().stream().mapToInt(member -> member.size().gpus()).sum();
    }
  }

  synchronized void cycleFailed() {
    cyclesFailed++;
  }

  synchronized void journalDropped() {
    journalDropped++;
  }

  synchronized void gangNoticed() {
    gangsNoticed++;
  }

  synchronized void gangEvicted() {
    gangsEvicted++;
  }

  synchronized void evictionObserved() {
    evictionsObserved++;
  }

  synchronized void predictorFailed() {
    predictorFailures++;
  }

  synchronized void saveReported() {
    savesReported++;
  }

  synchronized void saveIgnored() {
    savesIgnored++;
  }

  synchronized void historyDropped() {
    historyDropped++;
  }

  synchronized void fallback(boolean active) {
    fallbackActive = active;
  }

  @Override
  public synchronized void getMetrics(MetricsCollector collector, boolean all) {
    MetricsRecordBuilder record = collector.addRecord(NAME).setContext("yarn");
    counter(record, "CyclesTotal", "scheduling cycles", cycles);
    counter(record, "CyclesFailed", "cycles that ended in an exception", cyclesFailed);
    gauge(record, "LastSnapshotMicros", "last cycle: time to copy the state", lastSnapshotMicros);
    gauge(record, "LastPlanMicros", "last cycle: time to plan", lastPlanMicros);
    gauge(record, "LastCommitMicros", "last cycle: time to commit", lastCommitMicros);
    counter(record, "PlacementsCommitted", "gangs and single members placed", gangsPlaced);
    counter(record, "CommitsStale", "placements overtaken by events", commitsStale);
    counter(record, "CommitsRefused", "placements refused by a limit", commitsRefused);
    gauge(record, "GpusReserved", "GPUs held for waiting gangs", gpusReserved);
    gauge(record, "GpusLent", "GPUs on loan", gpusLent);
    gauge(record, "GpusLendable", "GPUs that may be on loan to who needs notice", gpusLendable);
    gauge(
        record,
        "GpusStandby",
        "more that may be on loan to who may be killed at once",
        gpusStandby);
    counter(record, "JournalDropped", "cycles that the journal lacks", journalDropped);
    counter(record, "GangsNoticed", "gangs told that they are evicted", gangsNoticed);
    counter(record, "GangsEvicted", "gangs that went, by themselves or killed", gangsEvicted);
    counter(
        record, "EvictionsObserved", "decisions to evict that were only logged", evictionsObserved);
    counter(record, "PredictorFailures", "forecasts that failed", predictorFailures);
    counter(record, "HistoryDropped", "ends of jobs that the history lacks", historyDropped);
    counter(record, "SavesReported", "marks of saved work from jobs", savesReported);
    counter(record, "SavesIgnored", "marks of saved work that cannot be", savesIgnored);
    gauge(record, "FallbackActive", "1 while asks go the stock way", fallbackActive ? 1 : 0);
    for (Reason reason : Reason.values()) {
      gauge(
          record,
          "GangsWaiting_" + reason,
          "gangs that wait for this reason",
          waiting.getOrDefault(reason, 0));
    }
  }

  private static void counter(
      MetricsRecordBuilder record, String name, String description, long value) {
    record.addCounter(Interns.info(name, description), value);
  }

  private static void gauge(
      MetricsRecordBuilder record, String name, String description, long value) {
    record.addGauge(Interns.info(name, description), value);
  }
}
