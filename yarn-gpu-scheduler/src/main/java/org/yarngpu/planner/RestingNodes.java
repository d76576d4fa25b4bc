package org.yarngpu.planner;

import com.google.common.collect.ImmutableSortedSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Eviction;
import org.yarngpu.model.NodeId;
import org.yarngpu.model.Placement.Member;
import org.yarngpu.model.RunningGang;

/** Nodes from which loans were called back lately, from cycle to cycle. */
public final class RestingNodes {
  private final Map<NodeId, Long> calledBackMs = new HashMap<>();

  /** Notes from where loans are called back. */
  public void calledBack(Eviction recall, ClusterSnapshot snapshot) {
    for (RunningGang running : snapshot.running()) {
      if (recall.victims().contains(running.id())) {
        note(running.members(), snapshot);
      }
    }
    recall.shrinks().values().forEach(shrink -> note(shrink.members(), snapshot));
  }

  private void note(List<Member> members, ClusterSnapshot snapshot) {
    members.forEach(member -> calledBackMs.put(member.node(), snapshot.nowMs()));
  }

  /** Those whose last recall is less than so long ago; the others are forgotten. */
  public ImmutableSortedSet<NodeId> within(long coolDownMs, long nowMs) {
    calledBackMs.values().removeIf(ms -> nowMs - ms >= coolDownMs);
    return ImmutableSortedSet.copyOf(calledBackMs.keySet());
  }
}
