package org.yarngpu.sim.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.yarngpu.sim.RunResult;
import org.yarngpu.sim.Segment;

class ChartReportTest {
  private static final Pattern FETCHED =
      Pattern.compile(
          "(?i)((src|href|action)\\s*=\\s*[\"']?|url\\(\\s*[\"']?|@import\\s.*)(https?:)?//");
  private static final Pattern DATA =
      Pattern.compile(
          "<script type=\"application/json\" id=\"data\">(.*?)</script>", Pattern.DOTALL);

  private static String page(ImmutableList<RunResult> runs) throws IOException {
    StringBuilder page = new StringBuilder();
    ChartReport.write(runs, Comparison.of(runs), 0, page);
    return page.toString();
  }

  private static JsonNode data(String page) throws IOException {
    Matcher data = DATA.matcher(page);
    assertThat(data.find()).isTrue();
    return new ObjectMapper().readTree(data.group(1));
  }

  @Test
  void thePageFetchesNothing() throws IOException {
    assertThat(FETCHED.matcher("<script src='https://e.org/x.js'>").find()).isTrue();
    assertThat(FETCHED.matcher("a { background: url(//e.org/x.png) }").find()).isTrue();
    String page = page(SampleRuns.six(50, 1));
    assertThat(FETCHED.matcher(page).results().map(r -> r.group())).isEmpty();
    assertThat(page).contains("Content-Security-Policy", "default-src 'none'");
  }

  @Test
  void theDrawingLibraryIsCarriedWithItsLicence() throws IOException {
    assertThat(page(SampleRuns.six(50, 1)))
        .contains("Licensed to the Apache Software Foundation", ".echarts={}");
  }

  @Test
  void aJobMayHaveAnyName() throws IOException {
    String name = "</script><script>alert(\"1\")</script>'&<!--\u2028";
    RunResult run =
        SampleRuns.run(name, 1, SampleRuns.done(SampleRuns.job(name, "", "", 0, 9, 3), 1, 10));
    RunResult held =
        new RunResult(
            name,
            run.host(),
            run.policy(),
            run.conditions(),
            run.installedGpus(),
            run.jobs(),
            run.usefulGpuMs(),
            run.timeline(),
            ImmutableList.of(new Segment(name, "n1", 3, 1_000, 10_000)),
            run.events(),
            run.wallMs());
    String page = page(ImmutableList.of(held));
    assertThat(page).doesNotContain("<script>alert");
    JsonNode view = data(page).at("/views/0");
    assertThat(view.get("trace").asText()).isEqualTo(name);
    assertThat(view.at("/series/0/gantt/jobs/0/0").asText()).isEqualTo(name);
    assertThat(view.at("/series/0/gantt/boxes/0").toString()).isEqualTo("[0,0,3,1,10,0]");
  }

  @Test
  void aViewHasASeriesAPolicy() throws IOException {
    JsonNode view = data(page(SampleRuns.six(300, 1))).at("/views/0");
    assertThat(view.get("series")).hasSize(6);
    for (JsonNode series : view.get("series")) {
      assertThat(series.get("waitCdf")).hasSize(400);
      assertThat(series.get("gpus").size()).isBetween(250, 1_000);
    }
    assertThat(view.at("/series/5/oracle").asBoolean()).isTrue();
  }

  @Test
  void noRunsAreAPageWithoutViews() throws IOException {
    assertThat(data(page(ImmutableList.of())).get("views")).isEmpty();
  }

  @Test
  void thePageStaysSmall() throws IOException {
    String page = page(SampleRuns.six(50_000, 1));
    assertThat(page.getBytes(StandardCharsets.UTF_8).length).isLessThan(3_000_000);
  }
}
