package org.yarngpu.rm;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.Arrays;
import java.util.List;
import org.apache.hadoop.metrics2.impl.MetricsCollectorImpl;
import org.apache.hadoop.metrics2.impl.MetricsRecordImpl;
import org.apache.hadoop.yarn.api.records.ApplicationAttemptId;
import org.apache.hadoop.yarn.api.records.ApplicationId;
import org.junit.jupiter.api.Test;
import org.yarngpu.job.Contract;
import org.yarngpu.job.DeclarationException;

/** The gang waits since 1 s, and starts at 10 s; now is 100 s. */
class SavedMarksTest {
  private static final long NOW_MS = 100_000;
  private static final long STARTED_MS = 10_000;

  private final SchedulerMetrics metrics = new SchedulerMetrics();
  private final SavedMarks marks = new SavedMarks(metrics);
  private final GangState gang = gang();

  private static GangState gang() {
    try {
      return new GangState(
          ApplicationAttemptId.newInstance(ApplicationId.newInstance(1, 2), 3),
          Contract.read(ImmutableMap.of("GPU_GANG", "8"), ImmutableList.of(), ImmutableMap.of()),
          1_000,
          true,
          true);
    } catch (DeclarationException e) {
      throw new AssertionError(e);
    }
  }

  private long metric(String name) {
    MetricsCollectorImpl collector = new MetricsCollectorImpl();
    metrics.getMetrics(collector, true);
    MetricsRecordImpl record = collector.getRecords().get(0);
    for (var metric : record.metrics()) {
      if (metric.name().equals(name)) {
        return metric.value().longValue();
      }
    }
    throw new AssertionError(name);
  }

  @Test
  void aMarkIsTakenOutOfTheExcludedHosts() {
    assertThat(marks.taken(gang, List.of("n1", "gpu.saved=40000", "n2"), NOW_MS))
        .containsExactly("n1", "n2");
    assertThat(gang.savedMs(STARTED_MS, NOW_MS)).hasValue(40_000);
    assertThat(metric("SavesReported")).isEqualTo(1);
    assertThat(SavedMarks.without(List.of("gpu.saved=1", "n3"))).containsExactly("n3");
  }

  @Test
  void hostsAloneStayAsTheyAre() {
    List<String> hosts = Arrays.asList("n1", null);
    assertThat(marks.taken(gang, hosts, NOW_MS)).isSameAs(hosts);
    assertThat(marks.taken(gang, null, NOW_MS)).isNull();
    assertThat(SavedMarks.without(null)).isNull();
    assertThat(gang.savedMs(STARTED_MS, NOW_MS)).isEmpty();
  }

  @Test
  void whatWasSavedBeforeTheStartIsWhatItStartedFrom() {
    marks.taken(gang, List.of("gpu.saved=9999"), NOW_MS);
    assertThat(gang.savedMs(STARTED_MS, NOW_MS)).hasValue(STARTED_MS);
  }

  @Test
  void aClockThatIsALittleAheadMeansNow() {
    marks.taken(gang, List.of("gpu.saved=160000"), NOW_MS);
    assertThat(gang.savedMs(STARTED_MS, NOW_MS)).hasValue(NOW_MS);
  }

  @Test
  void theFutureAndGarbageAreIgnoredAndCounted() {
    marks.taken(gang, List.of("gpu.saved=50000"), NOW_MS);
    assertThat(marks.taken(gang, List.of("gpu.saved=160001", "gpu.saved=soon"), NOW_MS)).isEmpty();
    assertThat(gang.savedMs(STARTED_MS, NOW_MS)).hasValue(50_000);
    assertThat(metric("SavesIgnored")).isEqualTo(2);
    assertThat(gang.firstBadMark()).as("it was logged").isFalse();
  }
}
