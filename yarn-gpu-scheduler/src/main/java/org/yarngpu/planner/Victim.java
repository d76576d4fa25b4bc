package org.yarngpu.planner;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.EvictionTerms;
import org.yarngpu.model.Forecast;
import org.yarngpu.model.GangId;
import org.yarngpu.model.Placement.Member;
import org.yarngpu.model.RunningGang;

/**
 * A running gang that might be evicted; equal by its id, which is all that sets of them look at.
 *
 * @param members on GPUs of its own queue; lent ones go by recall
 * @param index that of its forecast times its GPUs, GPU-milliseconds; 0 without a forecast
 * @param waitedMs how long it waited before it started
 * @param width members that it has, lent ones included
 * @param surplus members that may go while the others go on
 * @param costMs what all its GPUs would lose
 */
record Victim(
    GangId id,
    ImmutableList<Member> members,
    EvictionTerms terms,
    int gpus,
    long waitedMs,
    int width,
    int surplus,
    double index,
    long costMs) {

  /** Empty if nothing is known of what an eviction would cost it. */
  static Optional<Victim> of(RunningGang gang, ClusterSnapshot snapshot) {
    @Nullable Forecast forecast = snapshot.forecasts().get(gang.id());
    ImmutableList<Member> owned = gang.owned();
    int gpus = owned.stream().mapToInt(member -> member.size().gpus()).sum();
    return gang.terms()
        .map(
            terms ->
                new Victim(
                    gang.id(),
                    owned,
                    terms,
                    gpus,
                    gang.waitedMs(),
                    gang.members().size(),
                    gang.elastic()
                        .map(elastic -> Math.max(0, owned.size() - elastic.minimum()))
                        .orElse(0),
                    forecast == null ? 0 : forecast.indexMs() * gpus,
                    terms.costMs(snapshot.nowMs())));
  }

  /** The same without members that go before the others. */
  Victim without(List<Member> gone) {
    List<Member> left = new ArrayList<>(members);
    gone.forEach(left::remove);
    int leftGpus = left.stream().mapToInt(member -> member.size().gpus()).sum();
    return new Victim(
        id,
        ImmutableList.copyOf(left),
        terms,
        leftGpus,
        waitedMs,
        width - gone.size(),
        0,
        index,
        costMs);
  }

  /** Whether some of its members may go: those that go on need a checkpoint to start anew from. */
  boolean mayShrink() {
    return surplus > 0 && terms.checkpointMs().isPresent();
  }

  /** Whether it has had its GPUs for long enough, and was not evicted too often. */
  boolean mayYield(EvictionRules rules, long nowMs) {
    long onceMs = terms.checkpointMs().isPresent() ? costMs : terms.restartMs();
    return terms.ranMs(nowMs) >= Math.max(terms.minRunMs(), rules.ranCosts() * onceMs)
        && terms.evictions() < rules.evictions();
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Victim victim && victim.id.equals(id);
  }

  @Override
  public int hashCode() {
    return id.hashCode();
  }

  /** Whether an eviction of it must pay, and counts against the budget. */
  boolean isDear() {
    return costMs > EvictionTerms.CHEAP_MS;
  }

  /** GPU-milliseconds that are lost, notice included. */
  long weight(EvictionRules rules) {
    return gpus * (costMs + rules.graceMs());
  }
}
