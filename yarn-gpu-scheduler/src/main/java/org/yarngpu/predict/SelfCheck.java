package org.yarngpu.predict;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.TreeBasedTable;
import java.util.BitSet;
import org.yarngpu.model.KeyLevel;
import org.yarngpu.model.Predictability;

/**
 * Judges all forecasts at the ends of their jobs, and switches them off while too many of the last
 * 200 miss.
 */
final class SelfCheck {
  private static final int LAST = 200;
  private static final int OFF_ABOVE = LAST / 2;
  private static final int ON_BELOW = LAST * 2 / 5;

  private final TreeBasedTable<Predictability, KeyLevel, Accuracy> table = TreeBasedTable.create();
  private final BitSet missed = new BitSet(LAST);
  private int known;
  private int next;
  private boolean switchedOff;

  static SelfCheck from(SelfCheckState state) {
    SelfCheck check = new SelfCheck();
    state.table().forEach(row -> check.table.put(row.predictability(), row.level(), row));
    state.lastMissed().forEach(check::addMissed);
    check.switchedOff = state.switchedOff();
    return check;
  }

  void judge(PastForecast forecast, double seconds) {
    Predictability predictability = forecast.predictability();
    KeyLevel level = forecast.level();
    Accuracy row = table.get(predictability, level);
    table.put(
        predictability,
        level,
        (row == null ? Accuracy.none(predictability, level) : row).plus(forecast, seconds));
    addMissed(Accuracy.missed(forecast, seconds));
    int misses = missed.cardinality();
    if (known == LAST && misses > OFF_ABOVE) {
      switchedOff = true;
    } else if (misses < ON_BELOW) {
      switchedOff = false;
    }
  }

  private void addMissed(boolean miss) {
    missed.set(next, miss);
    next = (next + 1) % LAST;
    known = Math.min(LAST, known + 1);
  }

  boolean switchedOff() {
    return switchedOff;
  }

  ImmutableList<Accuracy> table() {
    return ImmutableList.copyOf(table.values());
  }

  SelfCheckState state() {
    ImmutableList.Builder<Boolean> oldestFirst = ImmutableList.builder();
    for (int back = known; back >= 1; back--) {
      oldestFirst.add(missed.get(Math.floorMod(next - back, LAST)));
    }
    return new SelfCheckState(table(), oldestFirst.build(), switchedOff);
  }
}
