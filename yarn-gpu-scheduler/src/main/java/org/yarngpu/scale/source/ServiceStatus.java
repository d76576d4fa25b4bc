package org.yarngpu.scale.source;

import static com.google.common.collect.ImmutableList.toImmutableList;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.yarngpu.scale.Instance;

/**
 * What a service of YARN's own tells of itself.
 *
 * @param state of the service, such as STABLE
 * @param components names of all
 * @param component the one that was asked for; empty if there is none of that name
 */
record ServiceStatus(
    String state, ImmutableList<String> components, Optional<Component> component) {

  private static final Pattern NUMBERED = Pattern.compile("(.+)-([0-9]{1,9})");

  /** An instance with several networks has several addresses. */
  private static final Splitter ADDRESSES = Splitter.on(',').trimResults();

  private static final ObjectMapper MAPPER = new ObjectMapper();

  /**
   * A component.
   *
   * @param count instances that it shall have
   * @param gpus of each
   * @param containers instances that have a container; the others wait for one
   * @param gone numbers of those that were decommissioned
   */
  record Component(
      int count, int gpus, ImmutableList<Container> containers, ImmutableList<Integer> gone) {

    /** How many instances have no container. */
    int waiting() {
      return Math.max(0, count - containers.size());
    }

    /** Whether each that waits is newer than all that have a container. */
    boolean theNewestWait() {
      Set<Integer> known = new HashSet<>(gone);
      containers.forEach(one -> known.add(one.instance.number()));
      int newest = containers.stream().mapToInt(one -> one.instance.number()).max().orElse(-1);
      return IntStream.range(0, newest).allMatch(known::contains);
    }

    ImmutableList<Instance> instances() {
      return containers.stream().map(Container::instance).collect(toImmutableList());
    }
  }

  /**
   * An instance that has a container.
   *
   * @param instance worth 1 if it serves, else 0
   * @param address where its ports are
   */
  record Container(Instance instance, String address) {
    boolean isReady() {
      return instance.worth() > 0;
    }
  }

  /**
   * Reads a status.
   *
   * @throws IOException if it is none, with what it is
   */
  static ServiceStatus parse(String text, String component) throws IOException {
    JsonNode root = read(text);
    ImmutableList.Builder<String> names = ImmutableList.builder();
    Optional<Component> found = Optional.empty();
    for (JsonNode node : root.path("components")) {
      names.add(node.path("name").asText());
      if (node.path("name").asText().equals(component)) {
        found = Optional.of(component(node));
      }
    }
    return new ServiceStatus(root.path("state").asText(), names.build(), found);
  }

  private static JsonNode read(String text) throws IOException {
    try {
      JsonNode root = MAPPER.readTree(text);
      if (root.isObject()) {
        return root;
      }
    } catch (JsonProcessingException rubbish) {
      // Said below.
    }
    throw new IOException(
        "its status is \"%s\"".formatted(text.strip().lines().findFirst().orElse("")));
  }

  private static Component component(JsonNode node) {
    ImmutableList<Integer> gone =
        StreamSupport.stream(node.path("decommissioned_instances").spliterator(), false)
            .map(name -> number(name.asText()))
            .collect(toImmutableList());
    ImmutableList<Container> containers =
        StreamSupport.stream(node.path("containers").spliterator(), false)
            .map(ServiceStatus::container)
            .filter(one -> !gone.contains(one.instance.number()))
            .collect(toImmutableList());
    int gpus = node.path("resource").path("additional").path("yarn.io/gpu").path("value").asInt();
    return new Component(node.path("number_of_containers").asInt(), gpus, containers, gone);
  }

  private static Container container(JsonNode node) {
    String name = node.path("component_instance_name").asText();
    String host = node.path("bare_host").asText();
    int worth = node.path("state").asText().equals("READY") ? 1 : 0;
    String address = ADDRESSES.split(node.path("ip").asText()).iterator().next();
    return new Container(
        new Instance(number(name), host, worth), address.isEmpty() ? host : address);
  }

  private static int number(String instance) {
    Matcher name = NUMBERED.matcher(instance);
    return name.matches() ? Integer.parseInt(name.group(2)) : -1;
  }
}
