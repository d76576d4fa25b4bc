package org.yarngpu.scale.source;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.yarngpu.scale.source.PrometheusText.Sample;

class PrometheusTextTest {

  @Test
  void readsNamesLabelsAndValues() {
    PrometheusText text =
        PrometheusText.parse(
            """
            # HELP http_requests_total All of them.
            # TYPE http_requests_total counter
            http_requests_total{method="post",code="200"} 1027 1395066363000
            :tensorflow:serving:request_count{status="OK"} 3
            up 1
            """);
    assertThat(text.samples()).extracting(Sample::value).containsExactly(1027.0, 3.0, 1.0);
    assertThat(text.samples().get(0).labels()).containsEntry("code", "200").hasSize(2);
    assertThat(text.samples().get(1).name()).isEqualTo(":tensorflow:serving:request_count");
    assertThat(text.samples().get(2).labels()).isEmpty();
  }

  @Test
  void specialValuesAreValues() {
    PrometheusText text = PrometheusText.parse("a NaN\nb +Inf\nc -Inf\nd 1.5e-3\n");
    assertThat(text.samples())
        .extracting(Sample::value)
        .containsExactly(Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, 0.0015);
  }

  @Test
  void rubbishIsLeftOutLineByLine() {
    PrometheusText text =
        PrometheusText.parse("<html>\n\nname\n1name 2\nname{ 3\nname one\n\u0000\ngood 4");
    assertThat(text.samples()).extracting(Sample::name).containsExactly("good");
  }

  @Test
  void bracesAndQuotesInLabelsAreText() {
    PrometheusText text = PrometheusText.parse("a{path=\"/{id}, \\\"x\\\"\",le=\"+Inf\"} 2");
    assertThat(text.samples().get(0).labels())
        .containsEntry("path", "/{id}, \\\"x\\\"")
        .containsEntry("le", "+Inf");
  }
}
