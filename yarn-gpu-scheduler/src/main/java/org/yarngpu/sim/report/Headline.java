package org.yarngpu.sim.report;

import static org.yarngpu.sim.report.HumanText.count;
import static org.yarngpu.sim.report.HumanText.duration;
import static org.yarngpu.sim.report.HumanText.ratio;

import com.google.common.collect.ImmutableList;
import java.util.Comparator;
import java.util.Optional;
import java.util.OptionalDouble;
import org.yarngpu.sim.report.Comparison.Row;
import org.yarngpu.sim.report.Comparison.Summary;

/** The one sentence to remember of a comparison: how the best policy did that could be built. */
final class Headline {
  private Headline() {}

  /**
   * Of configurations of one workload and preemption cost; about an oracle, or one that left more
   * jobs unfinished than others, only if there is nothing else.
   */
  static String of(ImmutableList<Summary> group) {
    Optional<Summary> best =
        group.stream()
            .filter(summary -> summary.mean(RunMetrics::waitMean).isPresent())
            .min(
                Comparator.comparing((Summary summary) -> summary.first().knowsRunTimes())
                    .thenComparingInt(Summary::unfinished)
                    .thenComparing(summary -> summary.mean(RunMetrics::waitMean).getAsDouble()));
    return best.map(Headline::sentence).orElse("No job finished under any policy.");
  }

  private static String sentence(Summary best) {
    StringBuilder sentence =
        new StringBuilder(best.configuration().policy())
            .append(" waits ")
            .append(duration(best.mean(RunMetrics::waitMean)))
            .append(" on average");
    OptionalDouble toBound = best.ratio(Row::waitToBound);
    OptionalDouble toFifo = best.ratio(Row::waitToFifo);
    if (toBound.isPresent() && !best.first().knowsRunTimes()) {
      sentence.append(", ").append(ratio(toBound)).append("x the best possible");
    }
    if (toFifo.isPresent() && !best.configuration().policy().equals("fifo")) {
      sentence.append(toBound.isPresent() ? " and " : ", ").append(ratio(toFifo)).append("x fifo");
    }
    if (best.unfinished() > 0) {
      sentence
          .append("; ")
          .append(count(best.unfinished()))
          .append(" of ")
          .append(count(best.jobs()))
          .append(" jobs did not finish");
    }
    return sentence.append('.').toString();
  }
}
