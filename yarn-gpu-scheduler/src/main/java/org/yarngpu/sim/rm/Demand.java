package org.yarngpu.sim.rm;

/** Containers that applications have asked for and the scheduler has not yet placed. */
final class Demand {
  private int masters;
  private int members;

  int masters() {
    return masters;
  }

  int members() {
    return members;
  }

  boolean isNone() {
    return masters == 0 && members == 0;
  }

  void addMasters(int more) {
    masters += more;
  }

  void addMembers(int more) {
    members += more;
  }
}
