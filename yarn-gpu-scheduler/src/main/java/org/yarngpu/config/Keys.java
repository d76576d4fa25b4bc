package org.yarngpu.config;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedSet;
import org.yarngpu.model.LeafOrderName;
import org.yarngpu.model.ModelSpeeds;
import org.yarngpu.model.OrderWeights;
import org.yarngpu.model.PolicyName;

/** Every key, in the order of the reference page. */
public final class Keys {
  public static final String PREFIX = "yarn.scheduler.gpu.";

  /** {@code yarn.scheduler.gpu.queue.<path>.<declaration>}: what a queue's silent jobs declare. */
  public static final String QUEUE_PREFIX = PREFIX + "queue.";

  /** {@code yarn.scheduler.gpu.queue.<path>.order}: who goes first within a queue. */
  static final String ORDER_SUFFIX = ".order";

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

  public static final ConfigKey<Integer> ORDER_STARVE_AFTER_MS =
      milliseconds(
          "order.starve-after-ms",
          43_200_000,
          1_000,
          2_000_000_000,
          "Under predicted, the three oldest gangs of a partition that have waited for so long, and for"
              + " three times what they are forecast to run, come first, whatever the order of their"
              + " queue.");

  public static final ConfigKey<Double> ORDER_LATE_FACTOR =
      number(
          "order.late-factor",
          1.0,
          0,
          100,
          "Under predicted with preemption on, a gang that saves its work is late, and comes first, once"
              + " it has waited so many times as long as the order of submission would have had it"
              + " wait, order.starve-after-ms, and ten times what it is expected to run; not if it is"
              + " expected to take more GPU time than 99 of 100 jobs, nor while that order would"
              + " take more than a week. 0: nobody is late.");

  public static final ConfigKey<Integer> ORDER_USE_HALF_LIFE_H =
      key(
          "order.use-half-life-h",
          168,
          1,
          8_760,
          "a whole number of hours",
          "GPU time that a user received so long ago counts half, for the order fair-over-time and"
              + " for order.weight.use.");

  public static final ConfigKey<Double> ORDER_WEIGHT_AGE =
      weight(
          "age",
          0,
          "Within a queue of the order predicted, the index is halved so often for a gang that has"
              + " waited for order.starve-after-ms, and in proportion before.");

  public static final ConfigKey<Double> ORDER_WEIGHT_USE =
      weight(
          "use",
          0,
          "The same: doubled so often for a user who used all that the queue used of late, and in"
              + " proportion for a part of it.");

  public static final ConfigKey<Double> ORDER_WEIGHT_DEADLINE =
      weight(
          "deadline",
          0,
          "The same: halved so often for a gang with gpu.deadline once the time left is no more than"
              + " its forecast, and in proportion before.");

  public static final ConfigKey<Double> ORDER_WEIGHT_SIZE =
      weight(
          "size",
          -OrderWeights.MAX,
          "The same: doubled so often each time that the GPUs of the gang double; below 0 favours wide"
              + " gangs, and -1 leaves GPUs out of the index.");

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

  public static final ConfigKey<String> MODEL_ATTRIBUTE =
      new ConfigKey<>(
          PREFIX + "model.attribute",
          "gpu-model",
          text -> text,
          text -> text.matches("[0-9a-zA-Z][0-9a-zA-Z_-]*"),
          "the name of a node attribute without its prefix: letters, digits, - and _",
          "Node attribute that says which model a node's GPUs are; a node without it is of the model"
              + " that its node label names.");

  public static final ConfigKey<ModelSpeeds> MODEL_SPEEDS =
      new ConfigKey<>(
          PREFIX + "model.speeds",
          "",
          text ->
              ModelSpeeds.parse(text).orElseThrow(() -> new IllegalArgumentException("malformed")),
          speeds -> true,
          "empty or models with their speeds, such as a100=1,v100=0.5",
          "How fast GPU models are beside each other; models that are not here have speed 1. For"
              + " jobs whose like ran on a model that is here, its speed is learned. Run"
              + " times are learned and forecast at speed 1, and a gang that may run on several"
              + " models waits for a faster one where it is expected to be done sooner there.");

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

  public static final ConfigKey<Integer> ELASTIC_PERIOD_MS =
      milliseconds(
          "elastic.period-ms",
          600_000,
          0,
          86_400_000,
          "An elastic gang that runs gets more members not sooner after its last change of width.");

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

  public static final ConfigKey<ImmutableSortedSet<String>> LOAN_SURPLUS_QUEUES =
      new ConfigKey<>(
          PREFIX + "loan.surplus-queues",
          "",
          Keys::queues,
          queues -> queues.stream().allMatch(queue -> queue.startsWith("root.")),
          "empty, or queue paths such as root.training with commas between them",
          "Queues whose elastic gangs run members beyond their minimum on lent GPUs too, if they"
              + " save their work every 15 minutes; these members are OPPORTUNISTIC containers.");

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
          "Folder of any Hadoop file system in which the run times learned from finished jobs, and"
              + " the GPU time that users used of late, are kept over restarts and failovers; empty:"
              + " in memory only. Read at the start.");

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
          ORDER_STARVE_AFTER_MS,
          ORDER_LATE_FACTOR,
          ORDER_USE_HALF_LIFE_H,
          ORDER_WEIGHT_AGE,
          ORDER_WEIGHT_USE,
          ORDER_WEIGHT_DEADLINE,
          ORDER_WEIGHT_SIZE,
          CYCLE_PERIOD_MIN_MS,
          CYCLE_PERIOD_MAX_MS,
          ADMIT_SETTLE_MS,
          GANG_DEGRADED_TIMEOUT_MS,
          MODEL_ATTRIBUTE,
          MODEL_SPEEDS,
          PREEMPTION,
          PREEMPTION_PERIOD_MS,
          PREEMPTION_GRACE_MS,
          PREEMPTION_MIN_RUN_MS,
          PREEMPTION_RESTART_MS,
          ELASTIC_PERIOD_MS,
          LOAN_QUEUES,
          LOAN_SURPLUS_QUEUES,
          LOAN_COOL_DOWN_MS,
          FALLBACK_AFTER_FAILURES,
          FALLBACK_RETRY_MS,
          HISTORY_DIR,
          JOURNAL_DIR,
          JOURNAL_MAX_MIB);

  private Keys() {}

  /** The order of a queue. */
  static ConfigKey<LeafOrderName> order(String queuePath) {
    return new ConfigKey<>(
        QUEUE_PREFIX + queuePath + ORDER_SUFFIX,
        LeafOrderName.PREDICTED.text(),
        LeafOrderName::of,
        order -> true,
        LeafOrderName.ACCEPTED,
        "");
  }

  private static ConfigKey<Double> weight(String factor, double min, String description) {
    return number("order.weight." + factor, 0, min, OrderWeights.MAX, description);
  }

  private static ConfigKey<Double> number(
      String name, double defaultNumber, double min, double max, String description) {
    return new ConfigKey<>(
        PREFIX + name,
        defaultNumber == 0 ? "0" : Double.toString(defaultNumber),
        Double::valueOf,
        value -> min <= value && value <= max,
        "a number in [%.0f, %.0f]".formatted(min, max),
        description);
  }

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
