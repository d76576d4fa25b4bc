package org.yarngpu.sim.report;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.yarngpu.sim.Segment;

/**
 * Who held the GPUs of which node in an hour: a row a node, in it a place a GPU.
 *
 * @param rows by node name
 * @param nodesLeftOut of the segments, and without a row
 * @param boxes of the rows
 */
record Gantt(ImmutableList<Row> rows, int nodesLeftOut, ImmutableList<Box> boxes) {
  static final int NODES_MAX = 64;
  static final long LENGTH_MS = 3_600_000;

  /**
   * A node.
   *
   * @param node name
   * @param gpus the most that were held on it at once in the whole run
   */
  record Row(String node, int gpus) {}

  /**
   * GPUs beside each other that a job held.
   *
   * @param row index into the rows
   * @param firstGpu place of the lowest, from 0
   * @param gpus how many, at least 1
   * @param fromMs not before the hour
   * @param toMs not after the hour
   * @param jobId whose
   */
  record Box(int row, int firstGpu, int gpus, long fromMs, long toMs, String jobId) {}

  /**
   * Of the hour that starts at {@code fromMs}.
   *
   * @param boxesMax later nodes are left out once the rows have so many; the first never is
   */
  static Gantt of(List<Segment> segments, long fromMs, int boxesMax) {
    TreeMap<String, List<Segment>> nodes =
        segments.stream()
            .collect(Collectors.groupingBy(Segment::node, TreeMap::new, Collectors.toList()));
    List<Row> rows = new ArrayList<>();
    List<Box> boxes = new ArrayList<>();
    for (String node : nodes.keySet()) {
      if (rows.size() == NODES_MAX || boxes.size() >= boxesMax) {
        break;
      }
      int gpus = mostAtOnce(nodes.get(node));
      List<Box> added = boxes(nodes.get(node), gpus, rows.size(), fromMs);
      if (!rows.isEmpty() && boxes.size() + added.size() > boxesMax) {
        break;
      }
      rows.add(new Row(node, gpus));
      boxes.addAll(added);
    }
    return new Gantt(
        ImmutableList.copyOf(rows), nodes.size() - rows.size(), ImmutableList.copyOf(boxes));
  }

  private static int mostAtOnce(Collection<Segment> segments) {
    TreeMap<Long, Integer> changes = new TreeMap<>();
    for (Segment segment : segments) {
      if (segment.fromMs() < segment.toMs()) {
        changes.merge(segment.fromMs(), segment.gpus(), Integer::sum);
        changes.merge(segment.toMs(), -segment.gpus(), Integer::sum);
      }
    }
    int held = 0;
    int most = 1;
    for (int change : changes.values()) {
      held += change;
      most = Math.max(most, held);
    }
    return most;
  }

  private static List<Box> boxes(List<Segment> segments, int gpus, int row, long fromMs) {
    long toMs = fromMs + LENGTH_MS;
    long[] freeFromMs = new long[gpus];
    List<Box> boxes = new ArrayList<>();
    segments.stream()
        .filter(segment -> segment.fromMs() < toMs && segment.toMs() > fromMs)
        .filter(segment -> segment.fromMs() < segment.toMs())
        .sorted(Comparator.comparingLong(Segment::fromMs).thenComparing(Segment::jobId))
        .forEach(
            segment -> {
              for (int[] run : places(freeFromMs, segment)) {
                boxes.add(
                    new Box(
                        row,
                        run[0],
                        run[1],
                        Math.max(fromMs, segment.fromMs()),
                        Math.min(toMs, segment.toMs()),
                        segment.jobId()));
              }
            });
    return boxes;
  }

  /** Takes the tightest gap that holds the segment whole, else the lowest free places. */
  private static List<int[]> places(long[] freeFromMs, Segment segment) {
    List<int[]> gaps = gaps(freeFromMs, segment.fromMs());
    List<int[]> taken =
        gaps.stream()
            .filter(gap -> gap[1] >= segment.gpus())
            .min(Comparator.comparingInt(gap -> gap[1]))
            .map(gap -> List.of(new int[] {gap[0], segment.gpus()}))
            .orElseGet(() -> lowest(gaps, segment.gpus()));
    for (int[] run : taken) {
      for (int place = run[0]; place < run[0] + run[1]; place++) {
        freeFromMs[place] = segment.toMs();
      }
    }
    return taken;
  }

  /** Free places beside each other, as the first of them and their number. */
  private static List<int[]> gaps(long[] freeFromMs, long atMs) {
    List<int[]> gaps = new ArrayList<>();
    int length = 0;
    for (int place = 0; place <= freeFromMs.length; place++) {
      if (place < freeFromMs.length && freeFromMs[place] <= atMs) {
        length++;
        continue;
      }
      if (length > 0) {
        gaps.add(new int[] {place - length, length});
      }
      length = 0;
    }
    return gaps;
  }

  private static List<int[]> lowest(List<int[]> gaps, int gpus) {
    List<int[]> taken = new ArrayList<>();
    int left = gpus;
    for (int[] gap : gaps) {
      int part = Math.min(left, gap[1]);
      if (part > 0) {
        taken.add(new int[] {gap[0], part});
      }
      left -= part;
    }
    return taken;
  }
}
