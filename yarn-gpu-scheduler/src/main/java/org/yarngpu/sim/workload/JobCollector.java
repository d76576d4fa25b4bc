package org.yarngpu.sim.workload;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.yarngpu.sim.Job;

/** Takes what a reader finds, row by row. */
final class JobCollector {

  private final List<Job> jobs = new ArrayList<>();
  private final Set<String> ids = new HashSet<>();
  private final ImmutableMap.Builder<String, Ended> ended = ImmutableMap.builder();
  private final List<MalformedRow> malformed = new ArrayList<>();
  private final SortedMap<String, Integer> leftOut = new TreeMap<>();

  /** What is done with one row. */
  interface RowReader {
    void read() throws MalformedException;
  }

  /** Reads a row; if it is malformed, that is kept. */
  void row(String file, long row, RowReader reader) {
    try {
      reader.read();
    } catch (MalformedException malformedRow) {
      malformed(file, row, malformedRow.reason());
    }
  }

  void malformed(String file, long row, String reason) {
    malformed.add(new MalformedRow(file, row, reason));
  }

  void add(JobDraft draft) throws MalformedException {
    Job job = draft.toJob();
    if (!ids.add(job.id())) {
      throw new MalformedException("job %s was there before".formatted(job.id()));
    }
    jobs.add(job);
    draft.ended().ifPresent(end -> ended.put(job.id(), end));
  }

  /** Counts a record that is no training job with GPUs that ran. */
  void leaveOut(String reason) {
    leftOut.merge(reason, 1, Integer::sum);
  }

  TraceReading reading(String name) {
    return new TraceReading(
        name,
        ImmutableList.copyOf(jobs),
        ended.build(),
        ImmutableList.copyOf(malformed),
        ImmutableSortedMap.copyOfSorted(leftOut));
  }

  /** The reading of a trace with dates: times are counted from its first submission. */
  TraceReading readingFromFirstSubmission(String name) {
    long firstMs = jobs.stream().mapToLong(Job::submitMs).min().orElse(0);
    jobs.replaceAll(job -> job.submittedAt(job.submitMs() - firstMs));
    return reading(name);
  }
}
