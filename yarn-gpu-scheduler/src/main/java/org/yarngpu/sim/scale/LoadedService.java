package org.yarngpu.sim.scale;

import com.google.common.primitives.ImmutableDoubleArray;
import org.yarngpu.scale.Memory;
import org.yarngpu.scale.ScalePolicy.Decision;
import org.yarngpu.scale.Signals;
import org.yarngpu.sim.LoadSeries;
import org.yarngpu.sim.ServiceConditions;
import org.yarngpu.sim.scale.FluidQueue.Judged;

/**
 * A service under its load: a policy that says how many replicas it should have, and a fluid queue
 * that says how long requests wait for those that it has. Time only goes on.
 *
 * <p>Where the load is not known nothing arrives and the newest loads grow old.
 */
public final class LoadedService {
  private static final long MINUTE_MS = 60_000;
  private static final long SAMPLE_MS = 1000L * Signals.SAMPLE_SECONDS;

  private final LoadSeries load;
  private final ServiceConditions conditions;
  private final Contender contender;
  private final FluidQueue queue;
  private final long judgedFromMs;
  private final long judgedToMs;
  private Memory memory;

  /** Minutes that the forecast knows. */
  private long learned;

  private long nowMs;

  /**
   * Begins with replicas for twice the first load that is known.
   *
   * @param policy as {@link ScaleEvaluation#knows} knows it
   * @param beginMs when it begins to run
   * @param judgedFromMs what happens before is not judged; policies of a fixed size know the load
   *     until then
   * @param judgedToMs nor what happens from then on
   * @throws IllegalArgumentException if no policy has this name
   */
  public LoadedService(
      LoadSeries load,
      ServiceConditions conditions,
      String policy,
      long beginMs,
      long judgedFromMs,
      long judgedToMs) {
    this.load = load;
    this.conditions = conditions;
    this.judgedFromMs = judgedFromMs;
    this.judgedToMs = judgedToMs;
    this.nowMs = beginMs;
    ImmutableDoubleArray.Builder known = ImmutableDoubleArray.builder();
    for (long minute = 0; (minute + 1) * MINUTE_MS <= judgedFromMs; minute++) {
      known.add(minuteMean(minute));
    }
    this.contender =
        Contender.named(policy, conditions, known.build())
            .orElseThrow(() -> new IllegalArgumentException("no policy is called " + policy));
    int replicas = firstReplicas();
    this.memory = Memory.starting(beginMs, replicas);
    this.queue =
        new FluidQueue(
            conditions.serviceRate(),
            conditions.objectiveMs() / 1000,
            conditions.startDelayMs(),
            replicas);
  }

  /** Half busy with the first load that is known. */
  private int firstReplicas() {
    double first = load.mean(nowMs, nowMs + MINUTE_MS);
    double replicas = Double.isNaN(first) ? 1 : Math.ceil(2 * first / conditions.serviceRate());
    return (int)
        Math.min(
            conditions.bounds().max(), Math.max(conditions.bounds().min(), Math.max(1, replicas)));
  }

  /** Replicas that it has, those that start included. */
  public int replicas() {
    return queue.replicas();
  }

  /**
   * How many replicas it should have from now on.
   *
   * @param wanted how many it should have had so far
   */
  public int wish(int wanted) {
    for (; (learned + 1) * MINUTE_MS <= nowMs; learned++) {
      contender.forecast().learn(learned, minuteMean(learned));
    }
    Decision decision = contender.policy().decide(signals(wanted), memory);
    memory = decision.memory();
    return decision.replicas();
  }

  /**
   * Gives it replicas, which start now, or takes some: first those that start, the latest first.
   */
  public void has(int replicas) {
    queue.scaleTo(replicas, nowMs);
  }

  /** Lets time pass. */
  public void passTo(long toMs) {
    while (nowMs < toMs) {
      long edgeMs = (nowMs / load.intervalMs() + 1) * load.intervalMs();
      long untilMs = before(judgedFromMs, before(judgedToMs, Math.min(toMs, edgeMs)));
      double now = load.at(nowMs);
      Judged judged = judgedFromMs <= nowMs && nowMs < judgedToMs ? Judged.YES : Judged.NO;
      queue.pass(nowMs, untilMs, Double.isNaN(now) ? 0 : now, judged);
      nowMs = untilMs;
    }
  }

  /** The moment, if it lies between now and the end; else the end. */
  private long before(long momentMs, long endMs) {
    return nowMs < momentMs && momentMs < endMs ? momentMs : endMs;
  }

  /** Those that are judged. */
  public double requests() {
    return queue.requests();
  }

  /** Share of the judged requests that waited too long, in [0, 1]; 0 if there were none. */
  public double violationShare() {
    return queue.violationShare();
  }

  public double meanReplicas() {
    return queue.meanReplicas();
  }

  private double minuteMean(long minute) {
    return load.mean(minute * MINUTE_MS, (minute + 1) * MINUTE_MS);
  }

  private Signals signals(int wanted) {
    ImmutableDoubleArray.Builder samples = ImmutableDoubleArray.builder(Signals.SAMPLES_MAX);
    long ageMs = nowMs;
    for (int back = Signals.SAMPLES_MAX; back >= 1; back--) {
      long from = nowMs - back * SAMPLE_MS;
      double sample = from < 0 ? Double.NaN : load.mean(from, from + SAMPLE_MS);
      samples.add(sample);
      if (!Double.isNaN(sample)) {
        ageMs = (back - 1) * SAMPLE_MS;
      }
    }
    return new Signals(
        nowMs,
        ageMs,
        samples.build(),
        queue.backlog(),
        wanted,
        conditions.serviceRate(),
        Double.NaN);
  }
}
