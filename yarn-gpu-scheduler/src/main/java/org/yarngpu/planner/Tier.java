package org.yarngpu.planner;

import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Gang;

/**
 * By what right a gang would get GPUs now. Who is guaranteed them gets them from queues that have
 * more than their share; who borrows goes first when somebody else wants them.
 */
public enum Tier {
  /** Its queue would stay within its guaranteed share. */
  GUARANTEED("guaranteed"),
  /** Beyond that share, on what other queues do not use. */
  BORROWED("borrowed"),
  /** On no queue's account, on GPUs that are called back. */
  OPPORTUNISTIC("opportunistic");

  private final String text;

  Tier(String text) {
    this.text = text;
  }

  /** That of a gang that waits. */
  public static Tier of(Gang gang, ClusterSnapshot snapshot) {
    if (snapshot.loans().isBorrower(gang.id())) {
      return OPPORTUNISTIC;
    }
    return new Guarantees(snapshot, gang.partition())
            .covers(gang.queue(), gang.minimumSize().gpus())
        ? GUARANTEED
        : BORROWED;
  }

  /** Its name where people read it. */
  public String text() {
    return text;
  }
}
