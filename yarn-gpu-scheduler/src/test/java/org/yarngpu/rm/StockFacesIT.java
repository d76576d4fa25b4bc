package org.yarngpu.rm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.apache.hadoop.security.UserGroupInformation;
import org.apache.hadoop.util.ToolRunner;
import org.apache.hadoop.yarn.client.cli.ApplicationCLI;
import org.apache.hadoop.yarn.client.cli.QueueCLI;
import org.apache.hadoop.yarn.client.cli.YarnCLI;
import org.apache.hadoop.yarn.conf.YarnConfiguration;
import org.apache.hadoop.yarn.exceptions.YarnException;
import org.apache.hadoop.yarn.webapp.util.WebAppUtils;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.yarngpu.testing.Eventually;
import org.yarngpu.testing.LocalYarn;
import org.yarngpu.testing.TestAm;

/** What operators and users know from CapacityScheduler works on: pages, REST, commands, ACLs. */
class StockFacesIT {
  private static LocalYarn yarn;

  @BeforeAll
  static void start() throws Exception {
    String self = UserGroupInformation.getCurrentUser().getShortUserName();
    yarn =
        LocalYarn.of(2, 4)
            .with(YarnConfiguration.YARN_ACL_ENABLE, "true")
            .with(YarnConfiguration.YARN_ADMIN_ACL, self)
            .with("root.acl_submit_applications", " ")
            .with("root.acl_administer_queue", " ")
            .with("root.a.acl_submit_applications", "alice," + self)
            .with("root.b.acl_submit_applications", self)
            .with("yarn.cluster.max-application-priority", "10")
            .start();
  }

  @AfterAll
  static void stop() {
    yarn.close();
  }

  @AfterEach
  void nothingIsLeft() {
    yarn.endAll();
  }

  @Test
  void thePagesAnswer() throws Exception {
    TestAm gang = waitingGang();
    for (String path :
        new String[] {
          "/cluster", "/cluster/scheduler", "/cluster/nodes", "/cluster/app/" + gang.id()
        }) {
      assertThat(get(path).statusCode()).as(path).isEqualTo(200);
    }
  }

  @Test
  void restSaysCapacityScheduler() throws Exception {
    assertThat(get("/ws/v1/cluster/scheduler").body())
        .contains("\"type\":\"capacityScheduler\"")
        .contains("\"queueName\":\"a\"");
    for (String path :
        new String[] {
          "/ws/v1/cluster/info",
          "/ws/v1/cluster/metrics",
          "/ws/v1/cluster/nodes",
          "/ws/v1/cluster/scheduler-overview",
          "/ws/v1/cluster/scheduler/activities"
        }) {
      assertThat(get(path).statusCode()).as(path).isEqualTo(200);
    }
  }

  @Test
  void restShowsWhyAGangWaits() throws Exception {
    TestAm gang = waitingGang();
    assertThat(get("/ws/v1/cluster/apps/" + gang.id()).body())
        .contains("\"diagnostics\":\"NOT_ENOUGH_FREE_GPUS: ");
  }

  @Test
  void jmxCountsTheWaitingGangsByReason() throws Exception {
    TestAm gang = waitingGang();
    // YARN refreshes what JMX shows every ten seconds.
    Eventually.await(
        Duration.ofSeconds(20),
        () -> "JMX counts the gang",
        () -> get("/jmx").body().contains("\"GangsWaiting_NOT_ENOUGH_FREE_GPUS\" : 1"));
    gang.finish();
  }

  @Test
  void theQueueCommandShowsAQueue() throws Exception {
    assertThat(run(new QueueCLI(), "-status", "a"))
        .contains("Queue Name : a")
        .contains("State : RUNNING");
  }

  @Test
  void theApplicationCommandShowsWhyAGangWaits() throws Exception {
    TestAm gang = waitingGang();
    assertThat(run(new ApplicationCLI(), "application", "-status", gang.id().toString()))
        .contains("NOT_ENOUGH_FREE_GPUS: ");
  }

  @Test
  void theApplicationCommandMovesAWaitingGang() throws Exception {
    TestAm gang = waitingGang();
    String unused =
        run(
            new ApplicationCLI(),
            "application",
            "-movetoqueue",
            gang.id().toString(),
            "-queue",
            "root.b");
    assertThat(yarn.report(gang.id()).getQueue()).isIn("root.b", "b");
    assertThat(gang.awaitReason("NOT_ENOUGH_FREE_GPUS").held()).isEmpty();
  }

  @Test
  void theApplicationCommandRaisesAPriority() throws Exception {
    TestAm gang = waitingGang();
    String unused =
        run(
            new ApplicationCLI(),
            "application",
            "-updatePriority",
            "5",
            "-appId",
            gang.id().toString());
    assertThat(yarn.report(gang.id()).getPriority().getPriority()).isEqualTo(5);
  }

  @Test
  void onlyThoseWhoMaySubmitToAQueueDo() {
    assertThatThrownBy(() -> TestAm.on(yarn).user("mallory").queue("root.a").submit())
        .isInstanceOf(YarnException.class)
        .hasMessageContaining("mallory")
        .hasMessageContaining("root.a");
    TestAm gang = TestAm.on(yarn).user("alice").gang(2).register().ask(2).awaitHeld(2);
    assertThat(gang.deliveries()).containsExactly(2);
  }

  private static TestAm waitingGang() {
    TestAm holder = TestAm.on(yarn).register().ask(4).awaitHeld(4);
    assertThat(holder.held()).hasSize(4);
    TestAm gang = TestAm.on(yarn).gang(8).register().ask(8);
    return gang.awaitReason("NOT_ENOUGH_FREE_GPUS");
  }

  private static HttpResponse<String> get(String path) throws Exception {
    URI uri = URI.create("http://" + WebAppUtils.getRMWebAppURLWithoutScheme(yarn.conf()) + path);
    return HttpClient.newBuilder()
        .followRedirects(HttpClient.Redirect.NORMAL)
        .build()
        .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
  }

  private static String run(YarnCLI cli, String... arguments) throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    cli.setSysOutPrintStream(out);
    cli.setSysErrPrintStream(out);
    int exitCode = ToolRunner.run(new YarnConfiguration(yarn.conf()), cli, arguments);
    String text = bytes.toString(StandardCharsets.UTF_8);
    assertThat(exitCode).as(text).isZero();
    return text;
  }
}
