package org.yarngpu.planner;

import java.util.function.Consumer;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Plan;
import org.yarngpu.policy.GangOrder;

/** One cycle's decisions, as a pure function: equal snapshots give equal plans. */
public final class Planner {
  private final AdmitPass admit = new AdmitPass();
  private final Consumer<PlanDraft> place;

  private Planner(Consumer<PlanDraft> place) {
    this.place = place;
  }

  /** The first gang that does not fit holds what becomes free, whatever the others would take. */
  public static Planner withFirmReservation(GangOrder order) {
    return new Planner(new PlacePass(order)::run);
  }

  /** The first gangs that do not fit are reserved by forecast, and others fill the time before. */
  public static Planner withBackfill(GangOrder order) {
    return new Planner(new BackfillPass(order)::run);
  }

  /** Returns the decisions of one cycle; passes run from least to most disruptive. */
  public Plan plan(ClusterSnapshot snapshot) {
    PlanDraft draft = new PlanDraft(snapshot);
    admit.run(draft);
    place.accept(draft);
    return draft.toPlan();
  }
}
