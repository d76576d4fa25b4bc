package org.yarngpu.sim.workload;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableSortedMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import org.yarngpu.sim.Job;
import org.yarngpu.sim.Workload;

/**
 * What a workload is like, in a few figures.
 *
 * @param name of the workload
 * @param jobs in all
 * @param windowHours from the first submission to the last
 * @param gpuHours of all jobs, with whole devices
 * @param runSecondsMedian of all jobs
 * @param sizes jobs by their number of GPUs
 * @param users that are named; 0 if the trace names none
 * @param groups that are named
 * @param jobsInGroups that belong to one with at least two runs
 * @param withEstimate jobs whose user gave an estimate
 * @param installedGpus for the offered load, if given
 * @param offeredLoad see {@link OfferedLoad}
 * @param malformed rows that were skipped
 * @param leftOut records by the reason that they were left out for
 */
public record TraceSummary(
    String name,
    int jobs,
    double windowHours,
    double gpuHours,
    double runSecondsMedian,
    ImmutableSortedMap<Integer, Integer> sizes,
    int users,
    int groups,
    int jobsInGroups,
    int withEstimate,
    OptionalInt installedGpus,
    OptionalDouble offeredLoad,
    int malformed,
    ImmutableSortedMap<String, Integer> leftOut) {

  private static final double HOUR_MS = 3_600_000;

  /** Summarises a workload that was not read from anywhere. */
  public static TraceSummary of(Workload workload, OptionalInt installedGpus) {
    return of(workload, installedGpus, 0, ImmutableSortedMap.of());
  }

  /** Summarises what was read. */
  public static TraceSummary of(
      Workload workload, OptionalInt installedGpus, TraceReading reading) {
    return of(workload, installedGpus, reading.malformed().size(), reading.leftOut());
  }

  private static TraceSummary of(
      Workload workload,
      OptionalInt installedGpus,
      int malformed,
      ImmutableSortedMap<String, Integer> leftOut) {
    Map<String, Integer> groups = counts(workload, Job::group);
    SortedMap<Integer, Integer> sizes = new TreeMap<>();
    workload.jobs().forEach(job -> sizes.merge(job.gpus(), 1, Integer::sum));
    Optional<Double> load =
        installedGpus.isPresent()
            ? OfferedLoad.of(workload, installedGpus.getAsInt())
            : Optional.empty();
    return new TraceSummary(
        workload.name(),
        workload.jobs().size(),
        workload.arrivalWindowMs() / HOUR_MS,
        OfferedLoad.gpuMs(workload) / HOUR_MS,
        medianRunMs(workload) / 1000,
        ImmutableSortedMap.copyOfSorted(sizes),
        counts(workload, Job::user).size(),
        groups.size(),
        groups.values().stream().filter(runs -> runs > 1).mapToInt(runs -> runs).sum(),
        (int) workload.jobs().stream().filter(job -> job.estimateMs().isPresent()).count(),
        installedGpus,
        load.map(OptionalDouble::of).orElse(OptionalDouble.empty()),
        malformed,
        leftOut);
  }

  private static Map<String, Integer> counts(Workload workload, Function<Job, String> name) {
    Map<String, Integer> counts = new LinkedHashMap<>();
    for (Job job : workload.jobs()) {
      if (!name.apply(job).isEmpty()) {
        counts.merge(name.apply(job), 1, Integer::sum);
      }
    }
    return counts;
  }

  private static double medianRunMs(Workload workload) {
    long[] sorted = workload.jobs().stream().mapToLong(Job::runMs).sorted().toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2.0;
  }

  /** Lines for people. */
  public String text() {
    StringBuilder text = new StringBuilder();
    line(text, "Workload", name);
    line(text, "Jobs", Integer.toString(jobs));
    line(text, "Submitted within", number("%.1f h", windowHours));
    line(text, "GPU-hours", number("%.1f", gpuHours));
    line(text, "Median run time", number("%.1f s", runSecondsMedian));
    line(text, "GPUs a job", sizesText());
    line(text, "Users", named(users));
    line(
        text,
        "Groups",
        groups == 0
            ? named(0)
            : "%s; %s jobs are in one of several runs".formatted(groups, jobsInGroups));
    line(text, "With an estimate", Integer.toString(withEstimate));
    if (installedGpus.isPresent()) {
      line(
          text,
          "Offered load",
          "%s on %s GPUs"
              .formatted(
                  offeredLoad.isPresent()
                      ? number("%.3f", offeredLoad.getAsDouble())
                      : "undefined, since all jobs come at once,",
                  installedGpus.getAsInt()));
    }
    if (malformed > 0) {
      line(text, "Malformed", malformed + " rows skipped");
    }
    leftOut.forEach((reason, count) -> line(text, "Left out", count + " " + reason));
    return text.toString();
  }

  private String sizesText() {
    StringBuilder text = new StringBuilder();
    sizes.forEach(
        (gpus, count) ->
            text.append(text.length() == 0 ? "" : ", ").append(gpus).append(": ").append(count));
    return text.toString();
  }

  private static String number(String form, double value) {
    return String.format(Locale.ROOT, form, value);
  }

  private static String named(int count) {
    return count == 0 ? "not named" : Integer.toString(count);
  }

  private static void line(StringBuilder text, String name, String value) {
    text.append("%-17s %s%n".formatted(name, value));
  }

  /**
   * One JSON object.
   *
   * @param extra put before the figures, such as the file that was written
   */
  public String json(ImmutableSortedMap<String, String> extra) {
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode node = mapper.createObjectNode();
    extra.forEach(node::put);
    node.put("name", name);
    node.put("jobs", jobs);
    node.put("windowHours", windowHours);
    node.put("gpuHours", gpuHours);
    node.put("runSecondsMedian", runSecondsMedian);
    ObjectNode bySize = node.putObject("sizes");
    sizes.forEach((gpus, count) -> bySize.put(Integer.toString(gpus), count));
    node.put("users", users);
    node.put("groups", groups);
    node.put("jobsInGroups", jobsInGroups);
    node.put("withEstimate", withEstimate);
    installedGpus.ifPresent(gpus -> node.put("installedGpus", gpus));
    offeredLoad.ifPresent(load -> node.put("offeredLoad", load));
    node.put("malformed", malformed);
    ObjectNode out = node.putObject("leftOut");
    leftOut.forEach(out::put);
    try {
      return mapper.writeValueAsString(node);
    } catch (JsonProcessingException impossible) {
      throw new AssertionError(impossible);
    }
  }
}
