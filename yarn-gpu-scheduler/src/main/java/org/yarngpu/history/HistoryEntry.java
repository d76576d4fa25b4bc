package org.yarngpu.history;

import org.yarngpu.predict.Completion;
import org.yarngpu.predict.PredictorState;

/** What is written. */
sealed interface HistoryEntry {

  /** A line of the log. */
  record Ended(Completion completion) implements HistoryEntry {}

  /** All that was learned from the lines before it. */
  record Learned(PredictorState state) implements HistoryEntry {}
}
