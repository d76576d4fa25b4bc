package org.yarngpu.config;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedSet;
import org.yarngpu.model.PolicyName;

/** Every key, in the order of the reference page. */
public final class Keys {
  public static final String PREFIX = "yarn.scheduler.gpu.";

  /** {@code yarn.scheduler.gpu.queue.<path>.<declaration>}: what a queue's silent jobs declare. */
  public static final String QUEUE_PREFIX = PREFIX + "queue.";

  public static final ConfigKey<PolicyName> POLICY =
      new ConfigKey<>(
          PREFIX + "policy",
          PolicyName.PREDICTED.text(),
          PolicyName::of,
          policy -> true,
          "predicted or priority",
          "predicted: within a queue the least expected GPU time first, and what a wide gang waits"
              + " for is used by those forecast to end before; priority: by priority and submission,"
              + " and what a wide gang waits for is held, without forecasts.");

  public static final ConfigKey<Integer> CYCLE_PERIOD_MIN_MS =
      milliseconds(
          "cycle.period-min-ms",
          10,
          10,
          60_000,
          "Shortest pause between two scheduling cycles; a pause lasts at least as long as the cycle"
              + " before it.");

  public static final ConfigKey<Integer> CYCLE_PERIOD_MAX_MS =
      milliseconds(
          "cycle.period-max-ms",
          1_000,
          10,
          60_000,
          "Longest pause between two scheduling cycles, for deadlines.");

  public static final ConfigKey<Integer> ADMIT_SETTLE_MS =
      milliseconds(
          "admit.settle-ms",
          60_000,
          0,
          3_600_000,
          "Time after the start in which nodes still register: until it is over, no gang is refused"
              + " as larger than the nodes, the cluster or a queue's maximum.");

  public static final ConfigKey<Integer> GANG_DEGRADED_TIMEOUT_MS =
      milliseconds(
          "gang.degraded-timeout-ms",
          600_000,
          1_000,
          86_400_000,
          "How long a started gang may run below its minimum before it is ended, so that it does not"
              + " idle on its GPUs.");

  public static final ConfigKey<PreemptionMode> PREEMPTION =
      new ConfigKey<>(
          PREFIX + "preemption",
          PreemptionMode.OBSERVE.text(),
          PreemptionMode::of,
          mode -> true,
          "off, observe or on",
          "Whether running gangs are evicted for waiting ones, under predicted; observe: nobody is,"
              + " and the log says who would be.");

  public static final ConfigKey<Integer> PREEMPTION_PERIOD_MS =
      milliseconds(
          "preemption.period-ms", 60_000, 100, 3_600_000, "How often evictions are decided.");

  public static final ConfigKey<Integer> PREEMPTION_GRACE_MS =
      milliseconds(
          "preemption.grace-ms",
          30_000,
          0,
          3_600_000,
          "Time between the notice to a gang and the end of its members, for a checkpoint.");

  public static final ConfigKey<Integer> PREEMPTION_MIN_RUN_MS =
      milliseconds(
          "preemption.min-run-ms",
          600_000,
          0,
          86_400_000,
          "A gang that has run for less since its start is not evicted.");

  public static final ConfigKey<Integer> PREEMPTION_RESTART_MS =
      milliseconds(
          "preemption.restart-ms",
          62_000,
          0,
          3_600_000,
          "What a gang is taken to lose by each eviction, beside the work since its last checkpoint.");

  public static final ConfigKey<ImmutableSortedSet<String>> LOAN_QUEUES =
      new ConfigKey<>(
          PREFIX + "loan.queues",
          "",
          Keys::queues,
          queues -> queues.stream().allMatch(queue -> queue.startsWith("root.")),
          "empty, or queue paths such as root.inference with commas between them",
          "Queues whose idle guaranteed GPUs are lent, under predicted, to jobs that ask for"
              + " OPPORTUNISTIC containers and go when the GPUs are needed; empty: such asks are"
              + " served as any other.");

  public static final ConfigKey<Integer> LOAN_COOL_DOWN_MS =
      milliseconds(
          "loan.cool-down-ms",
          600_000,
          0,
          86_400_000,
          "A node whose lent GPUs were called back lends nothing new for so long.");

  public static final ConfigKey<Integer> FALLBACK_AFTER_FAILURES =
      number(
          "fallback.after-failures",
          5,
          1,
          1_000,
          "Failed cycles in a row after which asks with a GPU are handed to the stock path.");

  public static final ConfigKey<Integer> FALLBACK_RETRY_MS =
      milliseconds(
          "fallback.retry-ms",
          10_000,
          100,
          3_600_000,
          "Time between the cycles that test, during a fallback, whether planning works again; ten"
              + " good ones end it.");

  /** Empty: none. */
  public static final ConfigKey<String> HISTORY_DIR =
      new ConfigKey<>(
          PREFIX + "history.dir",
          "",
          text -> text,
          text -> text.isEmpty() || text.startsWith("/") || text.contains(":/"),
          "empty, an absolute path of the default file system, or the URI of a folder",
          "Folder of any Hadoop file system in which the run times learned from finished jobs are"
              + " kept over restarts and failovers; empty: in memory only. Read at the start.");

  /** Empty: no journal. */
  public static final ConfigKey<String> JOURNAL_DIR =
      new ConfigKey<>(
          PREFIX + "journal.dir",
          "",
          text -> text,
          text -> text.isEmpty() || text.startsWith("/"),
          "empty or an absolute path of the local file system",
          "Existing folder on the ResourceManager's machine for the journal of cycles; empty: no"
              + " journal.");

  public static final ConfigKey<Integer> JOURNAL_MAX_MIB =
      key(
          "journal.max-mib",
          64,
          8,
          1_000_000,
          "a whole number of MiB",
          "Bound on all files of the journal together; the oldest are deleted.");

  public static final ImmutableList<ConfigKey<?>> ALL =
      ImmutableList.of(
          POLICY,
          CYCLE_PERIOD_MIN_MS,
          CYCLE_PERIOD_MAX_MS,
          ADMIT_SETTLE_MS,
          GANG_DEGRADED_TIMEOUT_MS,
          PREEMPTION,
          PREEMPTION_PERIOD_MS,
          PREEMPTION_GRACE_MS,
          PREEMPTION_MIN_RUN_MS,
          PREEMPTION_RESTART_MS,
          LOAN_QUEUES,
          LOAN_COOL_DOWN_MS,
          FALLBACK_AFTER_FAILURES,
          FALLBACK_RETRY_MS,
          HISTORY_DIR,
          JOURNAL_DIR,
          JOURNAL_MAX_MIB);

  private Keys() {}

  private static ImmutableSortedSet<String> queues(String text) {
    return ImmutableSortedSet.copyOf(Splitter.on(',').trimResults().omitEmptyStrings().split(text));
  }

  private static ConfigKey<Integer> milliseconds(
      String name, int defaultMs, int min, int max, String description) {
    return key(name, defaultMs, min, max, "a whole number of milliseconds", description);
  }

  private static ConfigKey<Integer> number(
      String name, int defaultNumber, int min, int max, String description) {
    return key(name, defaultNumber, min, max, "a whole number", description);
  }

  private static ConfigKey<Integer> key(
      String name, int defaultValue, int min, int max, String kind, String description) {
    return new ConfigKey<>(
        PREFIX + name,
        Integer.toString(defaultValue),
        Integer::valueOf,
        value -> min <= value && value <= max,
        "%s in [%d, %d]".formatted(kind, min, max),
        description);
  }
}
