package org.yarngpu.sim.predict;

import com.google.common.base.Ascii;

/** What a trace's groups are to a predictor: names of jobs, of one kind or the other. */
public enum GroupMeaning {
  /** Names that people gave: digits are counters and dates, and tell runs of one job apart. */
  NAME,
  /** Names in code, as where a trace hides the real ones: digits tell jobs apart. */
  CODE;

  /** As users write it. */
  public String text() {
    return Ascii.toLowerCase(name());
  }
}
