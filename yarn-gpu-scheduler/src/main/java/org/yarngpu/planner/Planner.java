package org.yarngpu.planner;

import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Plan;
import org.yarngpu.policy.GangOrder;

/** One cycle's decisions, as a pure function: equal snapshots give equal plans. */
public final class Planner {
  private final AdmitPass admit = new AdmitPass();
  private final PlacePass place;

  public Planner(GangOrder order) {
    this.place = new PlacePass(order);
  }

  /** Returns the decisions of one cycle; passes run from least to most disruptive. */
  public Plan plan(ClusterSnapshot snapshot) {
    PlanDraft draft = new PlanDraft(snapshot);
    admit.run(draft);
    place.run(draft);
    return draft.toPlan();
  }
}
