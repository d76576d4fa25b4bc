package org.yarngpu.journal;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import java.util.Optional;
import java.util.OptionalLong;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Plan;
import org.yarngpu.model.PolicyName;

/**
 * One cycle: what it saw, what it decided, and what became of that.
 *
 * @param number counts the cycles since the start of the ResourceManager, from 1; what is missing
 *     in between was not recorded
 * @param policy that decided
 * @param snapshot what it saw
 * @param plan what it decided; empty if it failed before
 * @param outcomes one for each placement of the plan, in their order; empty if the plan was not
 *     carried out
 * @param failure the exception that ended it; there is a plan, a failure, or both
 * @param planNanos how long planning took, laws included
 */
public record Cycle(
    long number,
    PolicyName policy,
    ClusterSnapshot snapshot,
    Optional<Plan> plan,
    ImmutableList<Outcome> outcomes,
    Optional<String> failure,
    OptionalLong planNanos) {

  /** What became of a placement. */
  public enum Outcome {
    COMMITTED,
    /** The cluster or the asks moved on. */
    STALE,
    /** A queue or user limit refused it. */
    REFUSED,
    /** Further members of a gang whose earlier placement was not committed. */
    SKIPPED
  }

  public Cycle {
    checkArgument(
        plan.isPresent() || failure.isPresent(), "cycle %s neither planned nor failed", number);
    int placements = plan.map(decided -> decided.placements().size()).orElse(0);
    checkArgument(
        outcomes.isEmpty() || outcomes.size() == placements,
        "cycle %s has %s outcomes of %s placements",
        number,
        outcomes.size(),
        placements);
  }

  public static Cycle decided(
      long number,
      PolicyName policy,
      ClusterSnapshot snapshot,
      Plan plan,
      ImmutableList<Outcome> outcomes,
      long planNanos) {
    return new Cycle(
        number,
        policy,
        snapshot,
        Optional.of(plan),
        outcomes,
        Optional.empty(),
        OptionalLong.of(planNanos));
  }

  public static Cycle failed(
      long number,
      PolicyName policy,
      ClusterSnapshot snapshot,
      Optional<Plan> plan,
      String failure) {
    return new Cycle(
        number,
        policy,
        snapshot,
        plan,
        ImmutableList.of(),
        Optional.of(failure),
        OptionalLong.empty());
  }
}
