package org.yarngpu.model;

/**
 * Which finished jobs a forecast was made from, from the most alike to any. The first level with
 * enough runs is taken.
 */
public enum KeyLevel {
  DECLARED_JOB("L0", 2, 0, "runs of this user's declared job on as many GPUs"),
  RAW_NAME("L1", 2, 0, "runs of this user with the same name on as many GPUs"),
  NAME_AND_GPUS("L2", 2, 0, "runs of this user with a like name on as many GPUs"),
  NAME("L3", 2, 0, "runs of this user with a like name"),
  ANYONES_NAME("L4", 2, 0, "runs of any user with a like name on as many GPUs"),
  /** The first of the levels above that knows one run. */
  ONE_RUN("Lx", 1, 0.9, "one run with the same or a like name"),
  /** The declared runtime, corrected by how far this user's declarations were off so far. */
  ESTIMATE("Le", 0, 1.0, "the declared runtime, corrected by those of this user's past jobs"),
  USER_AND_GPUS("L5", 3, 1.0, "runs of this user on as many GPUs"),
  USER("L6", 1, 1.3, "runs of this user"),
  QUEUE("L7", 1, 1.6, "runs in this queue"),
  EVERYTHING("L8", 1, 2.0, "all runs"),
  NOTHING("L9", 0, 2.0, "no run at all");

  private final String code;
  private final int runsMin;
  private final double spreadMin;
  private final String kin;

  KeyLevel(String code, int runsMin, double spreadMin, String kin) {
    this.code = code;
    this.runsMin = runsMin;
    this.spreadMin = spreadMin;
    this.kin = kin;
  }

  /** A short name that stays the same when levels are added. */
  public String code() {
    return code;
  }

  /** So many finished runs make it usable. */
  public int runsMin() {
    return runsMin;
  }

  /** No forecast of this level claims to be surer than this: floor of the spread of ln runtime. */
  public double spreadMin() {
    return spreadMin;
  }

  /** What was looked at, as the end of a sentence. */
  public String kin() {
    return kin;
  }

  /** Whether only jobs of one user meet there. */
  public boolean ofOneUser() {
    return compareTo(USER) <= 0 && this != ANYONES_NAME;
  }

  /** Whether jobs of all kinds meet there. */
  public boolean coarse() {
    return compareTo(QUEUE) >= 0;
  }
}
