package org.yarngpu.planner;

import java.util.Optional;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Gang;
import org.yarngpu.model.Reason;
import org.yarngpu.model.Rejection;

/** Sorts out the gangs that no placement could serve now: late, refused by a limit, incomplete. */
final class AdmitPass {
  void run(PlanDraft draft) {
    for (Gang gang : draft.snapshot().gangs()) {
      Optional<Rejection> rejection = rejection(gang, draft);
      if (rejection.isPresent()) {
        draft.reject(gang, rejection.get());
      } else if (draft.snapshot().loans().isBorrower(gang.id())) {
        draft.borrow(gang);
      } else if (gang.elastic().isPresent() && gang.phase() == Gang.Phase.GROWING) {
        draft.grow(gang);
      } else {
        draft.admit(gang);
      }
    }
  }

  private static Optional<Rejection> rejection(Gang gang, PlanDraft draft) {
    ClusterSnapshot snapshot = draft.snapshot();
    if (gang.deadlineMs().isPresent() && gang.deadlineMs().getAsLong() <= snapshot.nowMs()) {
      long waitedSeconds = (snapshot.nowMs() - gang.submittedMs()) / 1000;
      return Optional.of(
          new Rejection(
              Reason.TIMED_OUT,
              "%s did not start within gpu.gang.timeout: waited %d s"
                  .formatted(Wording.members(gang), waitedSeconds)));
    }
    if (!gang.complete()) {
      return Optional.of(incomplete(gang));
    }
    if (snapshot.settled() && !snapshot.loans().isBorrower(gang.id())) {
      Optional<Rejection> aboveMaximum = draft.feasibility().aboveQueueMaximum(gang);
      if (aboveMaximum.isPresent()) {
        return aboveMaximum;
      }
    }
    return gang.limit();
  }

  private static Rejection incomplete(Gang gang) {
    return gang.phase() == Gang.Phase.REPLACING
        ? new Rejection(
            Reason.REPLACEMENT_WAITING,
            "the gang lost %d members, and its application master has asked for %d of them"
                .formatted(gang.minimum(), gang.asked()))
        : new Rejection(
            Reason.WAITING_FOR_ASKS,
            "the application master has asked for %d of the %d members that start together"
                .formatted(gang.asked(), gang.minimum()));
  }
}
