package org.yarngpu.model;

/**
 * Why a gang waits or was refused.
 *
 * @param reason stable code
 * @param detail the numbers, as one English clause
 */
public record Rejection(Reason reason, String detail) {

  public Cure cure() {
    return reason.cure();
  }

  /** {@code REASON: detail.} as users see it. */
  @Override
  public String toString() {
    return reason + ": " + detail + ".";
  }
}
