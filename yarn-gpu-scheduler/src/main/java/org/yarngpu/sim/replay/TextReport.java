package org.yarngpu.sim.replay;

import com.google.common.collect.ImmutableSet;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.Map;

/** For people: changes cycle by cycle, those that last said once. */
public final class TextReport implements ReplayReport {
  private static final String ALONE =
      "Each cycle is judged alone: the next snapshot is still the recorded one.";

  private final PrintWriter out;
  private final boolean exact;
  private ImmutableSet<Change> before = ImmutableSet.of();

  /**
   * To a writer.
   *
   * @param exact whether nothing should have changed
   */
  public TextReport(PrintWriter out, boolean exact) {
    this.out = out;
    this.exact = exact;
  }

  @Override
  public void cycle(CycleChanges cycle) {
    ImmutableSet<Change> changes = ImmutableSet.copyOf(cycle.changes());
    long fresh = changes.stream().filter(change -> !before.contains(change)).count();
    if (fresh > 0) {
      out.printf("cycle %d, %s%n", cycle.number(), Instant.ofEpochMilli(cycle.nowMs()));
      for (Change change : changes) {
        if (!before.contains(change)) {
          out.print(text(change));
        }
      }
      if (fresh < changes.size()) {
        out.printf("  and %d as in the cycle before%n", changes.size() - fresh);
      }
    }
    before = changes;
  }

  private static String text(Change change) {
    String queue = change.queue().isEmpty() ? "" : " (" + change.queue() + ")";
    return "  %-11s %s%s%n    was: %s%n    now: %s%n"
        .formatted(change.kind(), change.subject(), queue, change.before(), change.now());
  }

  @Override
  public void end(Tally tally) {
    if (tally.tornLines() > 0) {
      out.printf("Lines left out because their file breaks off there: %d%n", tally.tornLines());
    }
    if (tally.differing() == 0) {
      out.printf("%d cycles planned again, each to the same decisions.%n", tally.cycles());
    } else {
      out.printf("%d of %d cycles planned again differ.%n", tally.differing(), tally.cycles());
    }
    if (!exact) {
      out.println(ALONE);
      out.print(byQueue(tally));
    }
    out.flush();
  }

  private static String byQueue(Tally tally) {
    if (tally.byQueue().isEmpty()) {
      return "No gang would start, or wait, in a cycle in which it did not.%n".formatted();
    }
    StringBuilder text = new StringBuilder();
    text.append(
        "%-40s %18s %18s %16s%n"
            .formatted(
                "gangs of queue", "would start sooner", "would wait longer", "would be refused"));
    for (Map.Entry<String, Tally.Gangs> entry : tally.byQueue().entrySet()) {
      Tally.Gangs gangs = entry.getValue();
      text.append(
          "%-40s %18d %18d %16d%n"
              .formatted(entry.getKey(), gangs.winners(), gangs.losers(), gangs.refused()));
    }
    return text.toString();
  }
}
