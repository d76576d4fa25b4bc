package org.yarngpu.sim.report;

import static com.google.common.base.Preconditions.checkState;

import com.google.common.io.Resources;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.yarngpu.sim.RunResult;

/**
 * {@code report.html}: one page that needs nothing else, neither a network nor a file beside it.
 * The charts are drawn by Apache ECharts, which the page carries.
 */
public final class ChartReport {
  private static final String TEMPLATE = "org/yarngpu/sim/report/report.html";

  /** As the pom has it. */
  private static final String ECHARTS =
      "META-INF/resources/webjars/echarts/5.3.1/dist/echarts.min.js";

  private static final String ECHARTS_MARK = "/*echarts*/";
  private static final String DATA_MARK = "/*data*/";

  private ChartReport() {}

  /**
   * Writes the page.
   *
   * @param runs that were compared, in the order of the comparison's rows
   * @param ganttFromMs begin of the hour that the Gantt chart shows, since the start of the trace
   */
  public static void write(
      List<RunResult> runs, Comparison comparison, long ganttFromMs, Appendable to)
      throws IOException {
    String template = resource(TEMPLATE);
    int echarts = template.indexOf(ECHARTS_MARK);
    int data = template.indexOf(DATA_MARK);
    checkState(0 < data && data < echarts, "%s lacks a mark", TEMPLATE);
    to.append(template, 0, data)
        .append(harmless(new ChartData(runs, comparison, ganttFromMs).json().toString()))
        .append(template, data + DATA_MARK.length(), echarts)
        .append(resource(ECHARTS))
        .append(template, echarts + ECHARTS_MARK.length(), template.length());
  }

  /** Ends no script element: a job may have any name. */
  private static String harmless(String json) {
    return json.replace("<", "\\u003c");
  }

  private static String resource(String name) throws IOException {
    return Resources.toString(Resources.getResource(name), StandardCharsets.UTF_8);
  }
}
