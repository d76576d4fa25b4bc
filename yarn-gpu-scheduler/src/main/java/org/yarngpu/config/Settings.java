package org.yarngpu.config;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import com.google.common.collect.Maps;
import java.util.Map;
import java.util.TreeMap;
import org.yarngpu.job.Contract;
import org.yarngpu.job.DeclarationException;
import org.yarngpu.job.NearestName;
import org.yarngpu.model.LeafOrderName;
import org.yarngpu.model.ModelSpeeds;
import org.yarngpu.model.OrderWeights;
import org.yarngpu.model.PolicyName;

/**
 * Every setting, read and checked at once; nothing reads configuration later.
 *
 * @param modelAttribute name of the node attribute that holds the GPU model, without prefix
 * @param orders how gangs are ordered within their queues, under {@link PolicyName#PREDICTED}
 * @param historyDir folder of what is learned; empty for none
 * @param journalDir folder of the journal; empty for none
 * @param queueDefaults by queue path: declarations of jobs that make none, unparsed
 */
public record Settings(
    PolicyName policy,
    OrderSettings orders,
    int cyclePeriodMinMs,
    int cyclePeriodMaxMs,
    int admitSettleMs,
    int gangDegradedTimeoutMs,
    String modelAttribute,
    ModelSpeeds modelSpeeds,
    PreemptionMode preemption,
    int preemptionPeriodMs,
    int preemptionGraceMs,
    int preemptionMinRunMs,
    int preemptionRestartMs,
    int elasticPeriodMs,
    ImmutableSortedSet<String> loanQueues,
    ImmutableSortedSet<String> loanSurplusQueues,
    int loanCoolDownMs,
    int fallbackAfterFailures,
    int fallbackRetryMs,
    String historyDir,
    String journalDir,
    int journalMaxMib,
    ImmutableMap<String, ImmutableMap<String, String>> queueDefaults) {

  private static final String DECLARATION_PREFIX = ".gpu.";

  /**
   * Reads all keys under the prefix.
   *
   * @param properties any properties; those outside the prefix are ignored
   * @throws ConfigException on the first unknown key or bad value
   */
  public static Settings from(Map<String, String> properties) {
    ImmutableSortedMap<String, String> ours =
        ImmutableSortedMap.copyOf(properties).tailMap(Keys.PREFIX, true);
    Map<String, ImmutableMap.Builder<String, String>> defaults = new TreeMap<>();
    ImmutableSortedMap.Builder<String, LeafOrderName> orders = ImmutableSortedMap.naturalOrder();
    for (Map.Entry<String, String> property : ours.entrySet()) {
      String key = property.getKey();
      if (!key.startsWith(Keys.PREFIX)) {
        break;
      }
      if (key.startsWith(Keys.QUEUE_PREFIX) && key.endsWith(Keys.ORDER_SUFFIX)) {
        String queue = queueOfOrder(key);
        orders.put(queue, Keys.order(queue).parse(property.getValue()));
      } else if (key.startsWith(Keys.QUEUE_PREFIX)) {
        int split = key.indexOf(DECLARATION_PREFIX, Keys.QUEUE_PREFIX.length());
        if (split < 0) {
          throw new ConfigException(
              "Unknown key %s. Maybe %s<queue path>%s or %s<queue path>.gpu.gang was meant."
                  .formatted(key, Keys.QUEUE_PREFIX, Keys.ORDER_SUFFIX, Keys.QUEUE_PREFIX));
        }
        defaults
            .computeIfAbsent(
                key.substring(Keys.QUEUE_PREFIX.length(), split), path -> ImmutableMap.builder())
            .put(key.substring(split + 1), property.getValue().trim());
      } else if (Keys.ALL.stream().noneMatch(known -> known.name().equals(key))) {
        throw new ConfigException(
            "Unknown key %s.%s"
                .formatted(
                    key,
                    NearestName.hint(
                        key, Keys.ALL.stream().<String>map(ConfigKey::name).toList())));
      }
    }
    defaults.forEach((queue, declarations) -> check(queue, declarations.build()));
    Settings settings =
        new Settings(
            read(Keys.POLICY, ours),
            new OrderSettings(
                orders.build(),
                new OrderWeights(
                    read(Keys.ORDER_WEIGHT_AGE, ours),
                    read(Keys.ORDER_WEIGHT_USE, ours),
                    read(Keys.ORDER_WEIGHT_DEADLINE, ours),
                    read(Keys.ORDER_WEIGHT_SIZE, ours)),
                read(Keys.ORDER_STARVE_AFTER_MS, ours),
                read(Keys.ORDER_LATE_FACTOR, ours),
                read(Keys.ORDER_USE_HALF_LIFE_H, ours)),
            read(Keys.CYCLE_PERIOD_MIN_MS, ours),
            read(Keys.CYCLE_PERIOD_MAX_MS, ours),
            read(Keys.ADMIT_SETTLE_MS, ours),
            read(Keys.GANG_DEGRADED_TIMEOUT_MS, ours),
            read(Keys.MODEL_ATTRIBUTE, ours),
            read(Keys.MODEL_SPEEDS, ours),
            read(Keys.PREEMPTION, ours),
            read(Keys.PREEMPTION_PERIOD_MS, ours),
            read(Keys.PREEMPTION_GRACE_MS, ours),
            read(Keys.PREEMPTION_MIN_RUN_MS, ours),
            read(Keys.PREEMPTION_RESTART_MS, ours),
            read(Keys.ELASTIC_PERIOD_MS, ours),
            read(Keys.LOAN_QUEUES, ours),
            read(Keys.LOAN_SURPLUS_QUEUES, ours),
            read(Keys.LOAN_COOL_DOWN_MS, ours),
            read(Keys.FALLBACK_AFTER_FAILURES, ours),
            read(Keys.FALLBACK_RETRY_MS, ours),
            read(Keys.HISTORY_DIR, ours),
            read(Keys.JOURNAL_DIR, ours),
            read(Keys.JOURNAL_MAX_MIB, ours),
            ImmutableMap.copyOf(
                new TreeMap<>(Maps.transformValues(defaults, ImmutableMap.Builder::build))));
    if (settings.cyclePeriodMaxMs < settings.cyclePeriodMinMs) {
      throw new ConfigException(
          "%s is \"%d\" but must be at least %s, which is %d."
              .formatted(
                  Keys.CYCLE_PERIOD_MAX_MS.name(),
                  settings.cyclePeriodMaxMs,
                  Keys.CYCLE_PERIOD_MIN_MS.name(),
                  settings.cyclePeriodMinMs));
    }
    return settings;
  }

  /** Queues that lend; none where the policy knows no loans. */
  public ImmutableSortedSet<String> lenders() {
    return policy == PolicyName.PREDICTED ? loanQueues : ImmutableSortedSet.of();
  }

  public ImmutableMap<String, String> defaultsOf(String queuePath) {
    return queueDefaults.getOrDefault(queuePath, ImmutableMap.of());
  }

  /** Which queue an order is for; CapacityScheduler's own keys name it by its path, too. */
  private static String queueOfOrder(String key) {
    int end = key.length() - Keys.ORDER_SUFFIX.length();
    String queue = key.substring(Math.min(Keys.QUEUE_PREFIX.length(), end), end);
    if (!queue.equals("root") && !queue.startsWith("root.")) {
      throw new ConfigException(
          "%s must name a queue by its path from root. Maybe %sroot%s%s was meant."
              .formatted(
                  key, Keys.QUEUE_PREFIX, queue.isEmpty() ? "" : "." + queue, Keys.ORDER_SUFFIX));
    }
    return queue;
  }

  private static void check(String queue, ImmutableMap<String, String> declarations) {
    try {
      Contract.check(declarations);
    } catch (DeclarationException e) {
      throw new ConfigException(
          "Keys %s%s.*: %s".formatted(Keys.QUEUE_PREFIX, queue, e.getMessage()));
    }
  }

  private static <T> T read(ConfigKey<T> key, Map<String, String> properties) {
    return key.parse(properties.getOrDefault(key.name(), key.defaultText()));
  }
}
