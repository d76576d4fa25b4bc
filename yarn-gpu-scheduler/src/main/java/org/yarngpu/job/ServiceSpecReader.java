package org.yarngpu.job;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.base.VerifyException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalDouble;

/** Writes services as JSON for their application master, and reads them there. */
public final class ServiceSpecReader {

  private static final String REPLICA = "replica";
  private static final String MIN = "min";
  private static final String MAX = "max";
  private static final String SLO_MS = "sloMs";
  private static final String SERVICE_RATE = "serviceRate";
  private static final String CONCURRENCY = "concurrency";
  private static final String PORT_VARIABLE = "portVariable";
  private static final String HEALTH = "health";
  private static final String LOAD_KIND = "loadKind";
  private static final String LOAD_PLACE = "loadPlace";
  private static final String START_TIMEOUT_S = "startTimeoutSeconds";
  private static final String DRAIN_S = "drainSeconds";
  private static final String SHRINK_AFTER_S = "shrinkAfterSeconds";
  private static final String REGISTRY = "registry";

  private static final ObjectMapper MAPPER = new ObjectMapper();

  private ServiceSpecReader() {}

  /** Returns the service as JSON that {@link #parse} reads back. */
  public static String print(ServiceSpec spec) {
    try {
      ObjectNode root = MAPPER.createObjectNode();
      root.set(REPLICA, MAPPER.readTree(JobSpecReader.print(spec.replica())));
      root.put(MIN, spec.min());
      root.put(MAX, spec.max());
      root.put(SLO_MS, spec.sloMs());
      spec.serviceRate().ifPresent(rate -> root.put(SERVICE_RATE, rate));
      root.put(CONCURRENCY, spec.concurrency());
      root.put(PORT_VARIABLE, spec.portVariable());
      spec.health().ifPresent(path -> root.put(HEALTH, path));
      root.put(LOAD_KIND, spec.load().kind().name());
      root.put(LOAD_PLACE, spec.load().place());
      root.put(START_TIMEOUT_S, spec.startTimeout().toSeconds());
      root.put(DRAIN_S, spec.drain().toSeconds());
      root.put(SHRINK_AFTER_S, spec.shrinkAfter().toSeconds());
      root.put(REGISTRY, spec.registry());
      return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(root);
    } catch (JsonProcessingException impossible) {
      throw new VerifyException("a tree of texts and numbers must be printable", impossible);
    }
  }

  /** Returns the service that a file describes. */
  public static ServiceSpec read(Path file) throws IOException, JobSpecException {
    return parse(Files.readString(file));
  }

  /**
   * Returns the service that a text of {@link #print} describes.
   *
   * @throws IOException if it is not JSON
   * @throws JobSpecException if its replica cannot be followed
   * @throws IllegalArgumentException if something is missing or out of range
   */
  public static ServiceSpec parse(String text) throws IOException, JobSpecException {
    JsonNode root = MAPPER.readTree(text);
    return new ServiceSpec(
        JobSpecReader.parse(root.required(REPLICA).toString(), REPLICA),
        root.required(MIN).intValue(),
        root.required(MAX).intValue(),
        root.required(SLO_MS).intValue(),
        root.has(SERVICE_RATE)
            ? OptionalDouble.of(root.get(SERVICE_RATE).doubleValue())
            : OptionalDouble.empty(),
        root.required(CONCURRENCY).intValue(),
        root.required(PORT_VARIABLE).textValue(),
        Optional.ofNullable(root.get(HEALTH)).map(JsonNode::textValue),
        new LoadOrigin(
            LoadOrigin.Kind.valueOf(root.required(LOAD_KIND).textValue()),
            root.required(LOAD_PLACE).textValue()),
        Duration.ofSeconds(root.required(START_TIMEOUT_S).longValue()),
        Duration.ofSeconds(root.required(DRAIN_S).longValue()),
        Duration.ofSeconds(root.required(SHRINK_AFTER_S).longValue()),
        root.path(REGISTRY).asBoolean(false)); // releases of before there was one have none
  }
}
