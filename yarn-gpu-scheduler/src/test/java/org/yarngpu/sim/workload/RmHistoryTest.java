package org.yarngpu.sim.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against a server that answers what it is told to. */
class RmHistoryTest {

  private final AtomicReference<String> asked = new AtomicReference<>("");
  private HttpServer server;
  private String address;
  private int status = 200;
  private byte[] body = new byte[0];

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          asked.set(exchange.getRequestURI().toString());
          exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    address = "http://127.0.0.1:" + server.getAddress().getPort();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private void answer(int newStatus, String newBody) {
    status = newStatus;
    body = newBody.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void anAnswerIsReadLikeASavedOne() throws IOException, TraceException {
    answer(200, Files.readString(Traces.sample("yarn/2026-01-01.json")));
    TraceReading reading = RmHistory.read(address + "/");
    assertThat(reading.jobs())
        .isEqualTo(TraceFormat.YARN.read(Traces.sample("yarn/2026-01-01.json")).jobs());
    assertThat(reading.malformed()).hasSize(3);
    assertThat(reading.name()).isEqualTo("127.0.0.1");
    assertThat(asked.get()).isEqualTo("/ws/v1/cluster/apps?deSelects=resourceRequests");
  }

  @Test
  void aClusterWithoutHistoryHasNoJobs() throws IOException, TraceException {
    answer(200, "{\"apps\":null}");
    assertThat(RmHistory.read(address).jobs()).isEmpty();
  }

  @Test
  void whoMustSayWhoTheyAreIsToldHowToSaveTheAnswer() {
    answer(401, "<html>Authentication required</html>");
    assertThatThrownBy(() -> RmHistory.read(address))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("(status 401)")
        .hasMessageContaining(
            "curl --negotiate -u : -o apps.json '%s/ws/v1/cluster/apps?".formatted(address))
        .hasMessageContaining("trace import --from apps.json");
  }

  @Test
  void anAnswerThatIsNoJsonIsAnError() {
    answer(200, "<html>hello</html>");
    assertThatThrownBy(() -> RmHistory.read(address)).hasMessageContaining("with JSON");
    answer(500, "");
    assertThatThrownBy(() -> RmHistory.read(address)).hasMessageContaining("status 500");
  }

  @Test
  void aServerThatIsNotThereIsAnErrorThatNamesIt() {
    server.stop(0);
    assertThatThrownBy(() -> RmHistory.read(address))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith(address + "/ws/v1/cluster/apps")
        .hasMessageContaining("does not answer");
  }

  @ParameterizedTest
  @ValueSource(strings = {"rm:8088", "ftp://rm", "http://", "http://a b", "rm"})
  void whatIsNoWebAddressIsRefused(String wrong) {
    assertThatThrownBy(() -> RmHistory.read(wrong))
        .isInstanceOf(TraceException.class)
        .hasMessage("\"" + wrong + "\" is no web address, such as http://rm.example.org:8088.");
  }
}
