package org.yarngpu.appmaster.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.yarn.api.records.ApplicationAttemptId;
import org.apache.hadoop.yarn.api.records.ApplicationId;
import org.apache.hadoop.yarn.api.records.ContainerId;
import org.junit.jupiter.api.Test;
import org.yarngpu.appmaster.serve.Replica.State;
import org.yarngpu.scale.Reading;

class ServicePagesTest {

  private static final ServiceView VIEW =
      view(replica(1, State.READY), replica(2, State.DRAINING), replica(3, State.READY));

  @Test
  void onlyWhatIsReadyIsAnEndpoint() {
    assertThat(ServicePages.json(VIEW))
        .contains("\"endpoints\":[\"gpu1:20002\",\"gpu1:20006\"]")
        .contains("\"address\":\"gpu1:20004\",\"state\":\"DRAINING\"")
        .contains("\"load_per_second\":6.5,\"service_rate_per_second\":2.0,\"p99_ms\":null");
    assertThat(ServicePages.upstream(VIEW))
        .isEqualTo(
            """
            upstream a_b_ {
                server gpu1:20002;
                server gpu1:20006;
            }
            """);
  }

  @Test
  void itIsToldWhichReleaseEachReplicaRuns() {
    assertThat(ServicePages.json(VIEW))
        .contains("\"service\":\"a<b>\",\"release\":2,")
        .contains("\"number\":1,\"release\":1,", "\"number\":3,\"release\":2,");
    assertThat(ServicePages.html(VIEW))
        .contains("<th>Release</th>")
        .contains("<td>1</td><td>1</td><td>gpu1:20002</td>")
        .contains("<td>3</td><td>2</td><td>gpu1:20006</td>");
  }

  @Test
  void nginxStartsWithoutAnyEndpoint() {
    assertThat(ServicePages.upstream(view())).contains("    server 127.0.0.1:9 down;\n");
  }

  @Test
  void namesAndReasonsAreNoMarkup() {
    assertThat(ServicePages.html(VIEW))
        .contains("<h1>a&lt;b&gt;</h1>", "grows &lt; all", "p99 unknown ms")
        .doesNotContain("a<b>");
  }

  @Test
  void thePagesAreServedAndNothingElseIs() throws IOException, InterruptedException {
    try (ServicePages pages = new ServicePages("127.0.0.1", view(), false)) {
      pages.show(VIEW);
      assertThat(status(pages.url() + "/", "GET")).isEqualTo(200);
      assertThat(status(pages.url() + "/endpoints", "GET")).isEqualTo(200);
      assertThat(status(pages.url() + "/nginx-upstream", "GET")).isEqualTo(200);
      assertThat(status(pages.url() + "/etc/passwd", "GET")).isEqualTo(404);
      assertThat(status(pages.url() + "/endpoints/more", "GET")).isEqualTo(404);
      assertThat(status(pages.url() + "/endpoints", "POST")).isEqualTo(405);
    }
  }

  @Test
  void whoWakesIsToldToComeAgainUntilSomethingServes() throws IOException, InterruptedException {
    try (ServicePages pages = new ServicePages("127.0.0.1", view(), false)) {
      assertThat(pages.tookWake()).isFalse();
      assertThat(status(pages.url() + "/wake", "POST")).isEqualTo(503);
      assertThat(pages.tookWake()).isTrue();
      assertThat(pages.tookWake()).isFalse();
      pages.show(VIEW);
      assertThat(status(pages.url() + "/wake", "GET")).isEqualTo(200);
      assertThat(pages.tookWake()).isTrue();
      assertThat(status(pages.url() + "/endpoints", "GET")).isEqualTo(200);
      assertThat(pages.tookWake()).isFalse();
    }
  }

  @Test
  void aLoadThatIsPushedIsTakenIfItIsOne() throws IOException, InterruptedException {
    try (ServicePages pages = new ServicePages("127.0.0.1", VIEW, true)) {
      String page = pages.url() + "/load";
      assertThat(status(page, "POST", "{\"requests_per_second\": 12.5, \"waiting\": 3}"))
          .isEqualTo(204);
      assertThat(status(page, "PUT", "{\"requests_per_second\": 0}")).isEqualTo(204);
      for (String rubbish :
          List.of("", "12.5", "{", "{\"requests_per_second\": -1}", "x".repeat(20_000))) {
        assertThat(status(page, "POST", rubbish)).as(rubbish).isEqualTo(400);
      }
      assertThat(status(page, "GET")).isEqualTo(405);
      List<Reading> taken = new ArrayList<>();
      pages.drainLoadsTo(taken::add);
      assertThat(taken).extracting(Reading::arrivals).containsExactly(12.5, 0.0);
      assertThat(taken.get(0).waiting()).isEqualTo(3);
      assertThat(taken.get(0).replicas()).isEqualTo(2);
      pages.drainLoadsTo(again -> assertThat(again).isNull());
    }
  }

  @Test
  void nobodyPushesALoadToAServiceThatReadsItElsewhere() throws IOException, InterruptedException {
    try (ServicePages pages = new ServicePages("127.0.0.1", VIEW, false)) {
      assertThat(status(pages.url() + "/load", "POST", "{\"requests_per_second\": 1}"))
          .isEqualTo(404);
    }
  }

  private static int status(String url, String method) throws IOException, InterruptedException {
    return status(url, method, "");
  }

  private static int status(String url, String method, String body)
      throws IOException, InterruptedException {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create(url))
                .method(
                    method,
                    body.isEmpty()
                        ? HttpRequest.BodyPublishers.noBody()
                        : HttpRequest.BodyPublishers.ofString(body))
                .build(),
            HttpResponse.BodyHandlers.discarding())
        .statusCode();
  }

  private static ServiceView view(Replica... replicas) {
    return new ServiceView(
        "a<b>",
        2,
        1,
        4,
        2,
        "grows < all",
        6.5,
        2,
        Double.NaN,
        ImmutableList.copyOf(replicas),
        ImmutableList.of("then"));
  }

  private static Replica replica(int number, State state) {
    ContainerId id =
        ContainerId.newContainerId(
            ApplicationAttemptId.newInstance(ApplicationId.newInstance(1, 1), 1), number);
    int port = 20_000 + 2 * number;
    return new Replica(id, number, number == 1 ? 1 : 2, "gpu1", port, port + 1, state, 0, 0, false);
  }
}
