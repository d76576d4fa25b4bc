package org.yarngpu.sim.rm;

import java.util.TreeMap;

/** Containers that applications have asked for and the scheduler has not yet placed. */
final class Demand {
  private int masters;
  private int members;

  /** Members by GPUs of one. */
  private final TreeMap<Integer, Integer> membersBySize = new TreeMap<>();

  int masters() {
    return masters;
  }

  int members() {
    return members;
  }

  /** GPUs of the smallest member that somebody asks for; more than any node has if nobody does. */
  int smallestMemberGpus() {
    return membersBySize.isEmpty() ? Integer.MAX_VALUE : membersBySize.firstKey();
  }

  boolean isNone() {
    return masters == 0 && members == 0;
  }

  void addMasters(int more) {
    masters += more;
  }

  void addMembers(int gpus, int more) {
    if (more == 0) {
      return;
    }
    members += more;
    if (membersBySize.merge(gpus, more, Integer::sum) == 0) {
      membersBySize.remove(gpus);
    }
  }
}
