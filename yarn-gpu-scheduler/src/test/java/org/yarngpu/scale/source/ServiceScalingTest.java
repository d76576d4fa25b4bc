package org.yarngpu.scale.source;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.yarngpu.scale.Autoscaler;
import org.yarngpu.scale.Reading;
import org.yarngpu.scale.ReplicaBounds;
import org.yarngpu.scale.source.ServiceScaling.MetricsPlace;
import org.yarngpu.scale.source.ServiceScaling.Outcome;
import org.yarngpu.scale.source.ServiceScaling.Step;

/** A service that only remembers what it was told, in virtual milliseconds. */
class ServiceScalingTest {

  private static final long PERIOD_MS = 5_000;
  private static final long WINDOW_MS = 10_000;

  private final Fake chat = new Fake();
  private double load = 0.5;
  private ImmutableMap<String, URI> asked = ImmutableMap.of();
  private long nowMs = 1_000_000_000;

  private final ServiceScaling scaling =
      new ServiceScaling(
          "chat",
          "server",
          chat,
          (atMs, metrics) -> {
            asked = metrics;
            return Optional.of(Reading.ofArrivals(atMs, load, 1));
          },
          Optional.of(new MetricsPlace(8000, "/metrics")),
          new Autoscaler.Service(
              new ReplicaBounds(1, 4), 5, OptionalDouble.of(2), 1, WINDOW_MS, PERIOD_MS / 1000.0),
          0);

  @Test
  void growsByTheAbsoluteCount() throws Exception {
    assertThat(step().outcome()).isEqualTo(Outcome.QUIET);
    load = 100;
    assertThat(stepUntilNews().words()).startsWith("grows from 1 to 4: ");
    assertThat(chat.orders).containsExactly("flex server 4");
  }

  @Test
  void givesBackWhereAWholeNodeComesFreeAndNotTheNewest() throws Exception {
    chat.run(0, "n1").run(1, "n2").run(2, "n2");
    chat.free.putAll(Map.of("n1", 3, "n2", 0));
    Step shrunk = stepUntilNews();
    assertThat(shrunk.words())
        .startsWith("shrinks from 3 to 2: ")
        .endsWith("; decommissions server-0 on n1");
    assertThat(chat.orders).containsExactly("decommission [server-0]");
    assertThat(stepUntilNews().words()).endsWith("; decommissions server-2 on n2");
    assertThat(steps(10)).containsOnly(Outcome.QUIET);
    assertThat(chat.containers.keySet()).containsExactly(1);
  }

  @Test
  void whatDoesNotServeGoesFirst() throws Exception {
    chat.run(0, "n1").run(1, "n2").run(2, "n1");
    chat.unready = 1;
    assertThat(stepUntilNews().words()).endsWith("; decommissions server-1 on n2");
  }

  @Test
  void whatWaitsForAContainerIsWithdrawnByTheCount() throws Exception {
    chat.containers.clear();
    chat.run(1, "n1").gone.add(0);
    chat.count = 3;
    assertThat(stepUntilNews().words())
        .endsWith("; 1 that have no container are asked for no more");
    assertThat(stepUntilNews().words()).startsWith("shrinks from 2 to 1: ");
    assertThat(chat.orders).containsExactly("flex server 2", "flex server 1");
  }

  @Test
  void whereTheCountWouldEndOneThatServesItWaits() throws Exception {
    chat.containers.clear();
    chat.run(1, "n1").count = 2;
    Step held = stepUntilNews();
    assertThat(held.outcome()).isEqualTo(Outcome.HELD);
    assertThat(held.words())
        .isEqualTo(
            "1 instances of service chat have no container and cannot be told from those that have:"
                + " none is given back until they have");
    assertThat(chat.orders).isEmpty();
  }

  @Test
  void othersMayChangeTheCount() throws Exception {
    step();
    chat.run(1, "n1").run(2, "n1");
    load = 100;
    assertThat(stepUntilNews().words()).startsWith("grows from 3 to 4: ");
  }

  @Test
  void asksThoseThatServe() throws Exception {
    chat.run(0, "n1").run(1, "n2");
    chat.unready = 0;
    step();
    assertThat(asked).isEqualTo(ImmutableMap.of("server-1", URI.create("http://n2:8000/metrics")));
    chat.ip = "10.1.1.1,172.17.0.2";
    step();
    assertThat(asked.values()).containsExactly(URI.create("http://10.1.1.1:8000/metrics"));
  }

  @Test
  void aServiceThatIsChangedIsLeftAsItIs() throws Exception {
    chat.state = "UPGRADING";
    assertThat(step())
        .isEqualTo(
            new Step(
                Outcome.HELD,
                "service chat is UPGRADING, and is left as it is until it is STARTED or STABLE"));
    assertThat(steps(5)).containsOnly(Outcome.QUIET);
    chat.state = "STABLE";
    assertThat(step().words()).startsWith("goes on: keeps 1: ");
    load = 100;
    stepUntilNews();
    assertThat(chat.orders).containsExactly("flex server 4");
  }

  @Test
  void aServiceThatDoesNotAnswerIsLeftAsItIs() throws Exception {
    step();
    chat.failure = new IOException("nobody is there");
    assertThat(step())
        .isEqualTo(
            new Step(Outcome.HELD, "service chat is left as it is for now: nobody is there"));
    assertThat(steps(3)).containsOnly(Outcome.QUIET);
    chat.failure = null;
    assertThat(step().words()).startsWith("goes on: ");
    chat.text = "chat Failed : HTTP error code : 500";
    assertThat(step().words()).endsWith("its status is \"chat Failed : HTTP error code : 500\"");
  }

  @Test
  void aRefusalIsSaidAndTriedAgain() throws Exception {
    step();
    load = 5;
    chat.refusal = new IOException("refused");
    Step held = stepUntilNews();
    assertThat(held.outcome()).isEqualTo(Outcome.HELD);
    assertThat(held.words()).isEqualTo("service chat is left as it is for now: refused");
    chat.refusal = null;
    assertThat(step().words()).startsWith("grows from 1 to ");
  }

  @Test
  void endsWhereThereIsNothingToFollow() throws Exception {
    chat.state = "STOPPED";
    assertThat(step())
        .isEqualTo(
            new Step(Outcome.END, "service chat is STOPPED. Maybe start it: yarn app -start chat"));
    chat.state = "STABLE";
    chat.component = "web";
    assertThat(step().words())
        .isEqualTo(
            "service chat has no component server. Maybe --component web or other was meant.");
    chat.failure = new FileNotFoundException("There is no such service.");
    assertThat(step()).isEqualTo(new Step(Outcome.END, "There is no such service."));
  }

  @Test
  void moreThanTheMostAtTheStartIsRefused() throws Exception {
    chat.count = 5;
    assertThat(step())
        .isEqualTo(
            new Step(
                Outcome.END,
                "component server of service chat has 5 instances, more than --max 4. Maybe raise"
                    + " --max."));
    assertThat(chat.orders).isEmpty();
  }

  @Test
  void fewerThanTheLeastAreMadeTheLeast() throws Exception {
    chat.count = 0;
    chat.containers.clear();
    assertThat(step().words()).startsWith("grows from 0 to 1: ");
  }

  @Test
  void readOnlyChangesNothing() throws Exception {
    try (ServiceControl view = chat.readOnly()) {
      view.flex("server", 4);
      view.decommission(ImmutableList.of("server-0"));
      assertThat(chat.orders).isEmpty();
      assertThat(view.status()).isEqualTo(chat.status());
      assertThat(view.freeGpus()).isEqualTo(chat.freeGpus());
    }
  }

  private Step step() throws InterruptedException {
    nowMs += PERIOD_MS;
    return scaling.step(nowMs);
  }

  private List<Outcome> steps(int count) throws InterruptedException {
    List<Outcome> outcomes = new ArrayList<>();
    for (int made = 0; made < count; made++) {
      outcomes.add(step().outcome());
    }
    return outcomes;
  }

  private Step stepUntilNews() throws InterruptedException {
    for (int made = 0; made < 100; made++) {
      Step step = step();
      if (step.outcome() != Outcome.QUIET) {
        return step;
      }
    }
    throw new AssertionError("no news in 100 steps");
  }

  /** Does at once what it is told. */
  private static final class Fake implements ServiceControl {
    private final List<String> orders = new ArrayList<>();
    private final Map<String, Integer> free = new TreeMap<>();
    private final Map<Integer, String> containers = new TreeMap<>(Map.of(0, "n1"));
    private final List<Integer> gone = new ArrayList<>();
    private String state = "STABLE";
    private String component = "server";
    private String ip = "";
    private int count = 1;
    private int unready = -1;
    private @Nullable IOException failure;
    private @Nullable IOException refusal;
    private @Nullable String text;

    Fake run(int number, String node) {
      containers.put(number, node);
      count = containers.size();
      return this;
    }

    @Override
    public String status() throws IOException {
      if (failure != null) {
        throw failure;
      }
      if (text != null) {
        return text;
      }
      String list =
          containers.entrySet().stream()
              .map(
                  one ->
                      """
                      {"component_instance_name": "server-%s", "bare_host": "%s", "ip": "%s", "state": "%s"}
                      """
                          .formatted(
                              one.getKey(),
                              one.getValue(),
                              ip,
                              one.getKey() == unready ? "RUNNING_BUT_UNREADY" : "READY"))
              .collect(joining(","));
      String ended = gone.stream().map(number -> "\"server-" + number + "\"").collect(joining(","));
      return """
      {"name": "chat", "state": "%s", "components": [
       {"name": "%s", "number_of_containers": %s, "decommissioned_instances": [%s],
        "resource": {"cpus": 1, "memory": "256", "additional": {"yarn.io/gpu": {"value": 1, "unit": ""}}},
        "containers": [%s]},
       {"name": "other", "number_of_containers": 9}]}
      """
          .formatted(state, component, count, ended, list);
    }

    @Override
    public ImmutableMap<String, Integer> freeGpus() {
      return ImmutableMap.copyOf(free);
    }

    @Override
    public void flex(String name, int wanted) throws IOException {
      refuse();
      orders.add("flex " + name + " " + wanted);
      count = wanted;
    }

    @Override
    public void decommission(ImmutableList<String> instances) throws IOException {
      refuse();
      orders.add("decommission " + instances);
      for (String instance : instances) {
        int number = Integer.parseInt(instance.substring("server-".length()));
        containers.remove(number);
        gone.add(number);
        count--;
      }
    }

    @Override
    public void close() {}

    private void refuse() throws IOException {
      if (refusal != null) {
        throw refusal;
      }
    }
  }
}
