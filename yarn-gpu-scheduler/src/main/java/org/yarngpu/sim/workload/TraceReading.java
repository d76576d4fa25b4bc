package org.yarngpu.sim.workload;

import com.google.common.base.Joiner;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.Iterables;
import org.yarngpu.sim.Job;
import org.yarngpu.sim.Workload;

/**
 * What was found in a trace.
 *
 * @param name of the workload
 * @param jobs as in the trace
 * @param ended by id of the job, where the trace says more than a job does
 * @param malformed rows that are not jobs; whoever reads the trace decides whether to go on
 * @param leftOut how many records were left out because they are none of our business, by reason
 */
public record TraceReading(
    String name,
    ImmutableList<Job> jobs,
    ImmutableMap<String, Ended> ended,
    ImmutableList<MalformedRow> malformed,
    ImmutableSortedMap<String, Integer> leftOut) {

  /** So many malformed rows are shown, the rest is counted. */
  static final int SHOWN_MAX = 20;

  /**
   * Returns the jobs if every row was one.
   *
   * @throws TraceException if there are malformed rows, or no jobs
   */
  public Workload workload() throws TraceException {
    if (!malformed.isEmpty()) {
      throw new TraceException(
          "%s%n%s of %s rows are malformed. Maybe leave them out: --skip-malformed"
              .formatted(malformedText(), malformed.size(), malformed.size() + jobs.size()));
    }
    return workloadOfTheRest();
  }

  /**
   * Returns the jobs, whatever the other rows were.
   *
   * @throws TraceException if there are no jobs
   */
  public Workload workloadOfTheRest() throws TraceException {
    if (jobs.isEmpty()) {
      throw new TraceException(
          "%s has no job%s.".formatted(name, leftOut.isEmpty() ? "" : "; left out: " + leftOut));
    }
    return new Workload(name, jobs);
  }

  /** The first malformed rows, a line each, and how many more there are. */
  public String malformedText() {
    String shown = Joiner.on('\n').join(Iterables.limit(malformed, SHOWN_MAX));
    return malformed.size() <= SHOWN_MAX
        ? shown
        : "%s%nand %s more".formatted(shown, malformed.size() - SHOWN_MAX);
  }
}
