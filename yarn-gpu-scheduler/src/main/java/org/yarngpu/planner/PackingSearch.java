package org.yarngpu.planner;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.yarngpu.model.Ask;
import org.yarngpu.model.Gang;
import org.yarngpu.model.Placement.Member;

/**
 * Tries all packings of a gang of several roles, where taking the best node for one role after the
 * other found none. Gives up after {@link #VISITS_MAX} nodes: to pack is NP-hard.
 */
final class PackingSearch {
  private static final int VISITS_MAX = 5_000;

  private final ImmutableList<Ask> roles;
  private final Gang gang;
  private final Room left;
  private final List<Member> members = new ArrayList<>();
  private int visitsLeft = VISITS_MAX;

  private PackingSearch(ImmutableList<Ask> roles, Gang gang, Room room) {
    this.roles = roles;
    this.gang = gang;
    this.left = room.copy();
  }

  /**
   * What the search found.
   *
   * @param members one way to place all, if it found one
   * @param complete whether it tried all ways, or found one
   */
  record Result(Optional<ImmutableList<Member>> members, boolean complete) {
    /** Whether this proves that there is no way. */
    boolean isProof() {
      return members.isEmpty() && complete;
    }
  }

  static Result search(ImmutableList<Ask> largestFirst, Gang gang, Room room) {
    PackingSearch search = new PackingSearch(largestFirst, gang, room);
    return search.place(0, 0, largestFirst.get(0).count())
        ? new Result(Optional.of(ImmutableList.copyOf(search.members)), true)
        : new Result(Optional.empty(), search.visitsLeft > 0);
  }

  /** Places what is missing of a role on the nodes from {@code from} on, then the next roles. */
  private boolean place(int r, int from, int missing) {
    if (missing == 0) {
      return r + 1 == roles.size() || place(r + 1, 0, roles.get(r + 1).count());
    }
    Ask role = roles.get(r);
    for (int i = from; i < left.size() && visitsLeft > 0; i++) {
      visitsLeft--;
      int most = left.count(i, role.size(), missing);
      if (most == 0 || !GangPlacer.allowed(role, gang, left.node(i))) {
        continue;
      }
      for (int count = most; count > 0; count--) {
        put(role, i, count);
        if (place(r, i + 1, missing - count)) {
          return true;
        }
        undo(role, i, count);
      }
    }
    return false;
  }

  private void put(Ask role, int i, int count) {
    left.take(i, role.size(), count);
    for (int m = 0; m < count; m++) {
      members.add(new Member(role.key(), role.size(), left.node(i).id()));
    }
  }

  private void undo(Ask role, int i, int count) {
    left.take(i, role.size(), -count);
    members.subList(members.size() - count, members.size()).clear();
  }
}
