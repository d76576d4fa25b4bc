package org.yarngpu.planner;

import com.google.common.collect.ImmutableList;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Eviction;
import org.yarngpu.model.Gang;
import org.yarngpu.model.GangId;
import org.yarngpu.model.Placement.Member;
import org.yarngpu.model.Reason;
import org.yarngpu.model.Rejection;

/**
 * Starts gangs on the GPUs that others were evicted from for them, as soon as all are free; until
 * then nobody else gets these. A hold ends with its gang, or some time after the last victim went.
 */
final class HoldPass {
  private final EvictionRules rules;
  private final GangPlacer placer = new GangPlacer();

  HoldPass(EvictionRules rules) {
    this.rules = rules;
  }

  void run(PlanDraft draft) {
    if (draft.snapshot().evictions().isEmpty()) {
      return;
    }
    Map<GangId, Integer> running = new HashMap<>();
    draft.snapshot().running().forEach(gang -> running.put(gang.id(), gang.members().size()));
    draft.snapshot().evictions().values().forEach(eviction -> go(eviction, running, draft));
  }

  private void go(Eviction eviction, Map<GangId, Integer> running, PlanDraft draft) {
    Gang gang = draft.admitted(eviction.gang());
    if (gang == null || draft.queues().refusal(gang).isPresent()) {
      draft.end(eviction);
      return;
    }
    Optional<ImmutableList<Member>> members =
        mostThatFits(gang, eviction, draft.roomOf(gang.id()).only(eviction.hold()));
    if (members.isPresent()) {
      draft.end(eviction);
      draft.settle(gang);
      start(gang, members.get(), draft);
      eviction.without(members.get()).ifPresent(draft::evict);
      return;
    }
    if (expires(eviction, running, draft)) {
      draft.end(eviction);
      return;
    }
    draft.settle(gang);
    int victims = eviction.victims().size() + eviction.shrinks().size();
    draft.reject(
        gang,
        new Rejection(
            Reason.WAITING_FOR_RELEASE,
            "%s starts when GPUs are free that %s had"
                .formatted(
                    Wording.members(gang),
                    victims == 1 ? "an evicted gang" : victims + " evicted gangs")));
  }

  /** As many members as were held for, where they need not start together; else all or none. */
  private Optional<ImmutableList<Member>> mostThatFits(Gang gang, Eviction eviction, Room room) {
    int most = Math.min(eviction.placement().members().size(), gang.asked());
    for (int members = gang.minimum() == 1 && gang.elastic().isEmpty() ? most : 1;
        members > 1;
        members--) {
      Optional<ImmutableList<Member>> placed = placer.place(gang.withMinimum(members), room);
      if (placed.isPresent()) {
        return placed;
      }
    }
    return placer.place(gang, room);
  }

  private static void start(Gang gang, ImmutableList<Member> members, PlanDraft draft) {
    draft.place(gang, members.subList(0, gang.minimum()));
    Optional<Gang> rest = gang.beyondMinimum();
    for (Member member : members.subList(gang.minimum(), members.size())) {
      draft.place(rest.orElseThrow(), ImmutableList.of(member));
      rest = rest.orElseThrow().beyondMinimum();
    }
  }

  private static boolean allGone(Eviction eviction, Map<GangId, Integer> running) {
    return eviction.victims().stream().noneMatch(running::containsKey)
        && eviction.shrinks().entrySet().stream()
            .allMatch(
                shrink -> running.getOrDefault(shrink.getKey(), 0) <= shrink.getValue().width());
  }

  /**
   * Whether the hold is over. It begins to run out when the last victim is gone, and runs out even
   * if one of them has started anew by then, elsewhere.
   */
  private boolean expires(Eviction eviction, Map<GangId, Integer> running, PlanDraft draft) {
    ClusterSnapshot snapshot = draft.snapshot();
    if (eviction.untilMs().isPresent()) {
      return eviction.untilMs().getAsLong() <= snapshot.nowMs();
    }
    if (allGone(eviction, running)) {
      draft.evict(eviction.until(snapshot.nowMs() + rules.holdMs()));
    }
    return false;
  }
}
