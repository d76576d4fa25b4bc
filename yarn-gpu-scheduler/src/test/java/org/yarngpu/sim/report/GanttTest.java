package org.yarngpu.sim.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.yarngpu.sim.Segment;
import org.yarngpu.sim.report.Gantt.Box;

/** Times are in minutes; the hour is the second of the trace. */
class GanttTest {
  private static final long MINUTE = 60_000;

  private static Segment segment(String job, String node, int gpus, long from, long to) {
    return new Segment(job, node, gpus, from * MINUTE, to * MINUTE);
  }

  private static Box box(int row, int first, int gpus, long from, long to, String job) {
    return new Box(row, first, gpus, from * MINUTE, to * MINUTE, job);
  }

  private static Gantt of(Segment... segments) {
    return Gantt.of(List.of(segments), 60 * MINUTE, 1_000);
  }

  @Test
  void segmentsAreCutToTheHour() {
    Gantt gantt =
        of(
            segment("a", "n1", 1, 0, 60),
            segment("b", "n1", 1, 50, 70),
            segment("c", "n1", 1, 110, 200),
            segment("d", "n2", 4, 120, 130));
    assertThat(gantt.boxes())
        .containsExactly(box(0, 0, 1, 60, 70, "b"), box(0, 0, 1, 110, 120, "c"));
    assertThat(gantt.rows()).containsExactly(new Gantt.Row("n1", 2), new Gantt.Row("n2", 4));
  }

  /** The tightest gap stays whole for whoever needs it. */
  @Test
  void jobsAtOnceStandOnPlacesOfTheirOwn() {
    Gantt gantt =
        of(
            segment("a", "n1", 1, 60, 70),
            segment("b", "n1", 2, 60, 90),
            segment("c", "n1", 3, 60, 80),
            segment("d", "n1", 1, 75, 90));
    assertThat(gantt.boxes())
        .containsExactly(
            box(0, 0, 1, 60, 70, "a"),
            box(0, 1, 2, 60, 90, "b"),
            box(0, 3, 3, 60, 80, "c"),
            box(0, 0, 1, 75, 90, "d"));
  }

  @Test
  void aJobThatFitsNoGapIsDrawnInParts() {
    Gantt gantt =
        of(
            segment("a", "n1", 1, 60, 70),
            segment("b", "n1", 1, 60, 90),
            segment("c", "n1", 1, 60, 70),
            segment("d", "n1", 2, 70, 80));
    assertThat(gantt.boxes()).endsWith(box(0, 0, 1, 70, 80, "d"), box(0, 2, 1, 70, 80, "d"));
  }

  @Test
  void nodesBeyondTheLimitAreCounted() {
    List<Segment> segments = new ArrayList<>();
    for (int n = 0; n < 70; n++) {
      segments.add(segment("a", "n%02d".formatted(n), 1, 60, 70));
      segments.add(segment("b", "n%02d".formatted(n), 1, 70, 80));
    }
    assertThat(Gantt.of(segments, 60 * MINUTE, 1_000).nodesLeftOut()).isEqualTo(6);
    Gantt cut = Gantt.of(segments, 60 * MINUTE, 11);
    assertThat(cut.rows()).hasSize(5);
    assertThat(cut.boxes()).hasSize(10);
    assertThat(cut.nodesLeftOut()).isEqualTo(65);
  }
}
