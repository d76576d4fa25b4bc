package org.yarngpu.job;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.google.common.base.CharMatcher;
import com.google.common.base.VerifyException;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Reads job files, YAML or JSON, and writes them as JSON. A field that is unknown or has the wrong
 * type is an error with its path.
 */
public final class JobSpecReader {

  static final String NAME = "name";
  static final String QUEUE = "queue";
  static final String WORKERS = "workers";
  static final String GPUS_PER_WORKER = "gpusPerWorker";
  static final String VCORES = "vcores";
  static final String MEMORY_MIB = "memoryMib";
  static final String ENV = "env";
  static final String FILES = "files";
  static final String ARCHIVES = "archives";
  static final String PRIORITY = "priority";
  static final String OPPORTUNISTIC = "opportunistic";
  static final String CHECKPOINT_INTERVAL = "checkpointInterval";
  static final String CHECKPOINT_PATH = "checkpointPath";
  static final String RUNTIME = "runtime";
  static final String GANG_TIMEOUT = "gangTimeout";
  static final String DEADLINE = "deadline";
  static final String MAX_RESTARTS = "maxRestarts";
  static final String GPU_TYPES = "gpuTypes";
  static final String COMMAND = "command";

  private static final ImmutableSortedSet<String> FIELDS =
      ImmutableSortedSet.of(
          NAME,
          QUEUE,
          WORKERS,
          GPUS_PER_WORKER,
          VCORES,
          MEMORY_MIB,
          ENV,
          FILES,
          ARCHIVES,
          PRIORITY,
          OPPORTUNISTIC,
          CHECKPOINT_INTERVAL,
          CHECKPOINT_PATH,
          RUNTIME,
          GANG_TIMEOUT,
          DEADLINE,
          MAX_RESTARTS,
          GPU_TYPES,
          COMMAND);

  private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

  /** JSON is YAML, so one mapper reads both. */
  private static final ObjectMapper READER =
      YAMLMapper.builder()
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private static final ObjectMapper WRITER = new ObjectMapper();

  private final String source;
  private final JsonNode root;

  private JobSpecReader(String source, JsonNode root) {
    this.source = source;
    this.root = root;
  }

  /**
   * Returns the job that a file describes.
   *
   * @throws JobSpecException if the file cannot be read or its content is wrong
   */
  public static JobSpec read(Path file) throws JobSpecException {
    try {
      return parse(Files.readString(file), file.getFileName().toString());
    } catch (NoSuchFileException missing) {
      throw new JobSpecException("%s: there is no such file.".formatted(file));
    } catch (IOException failure) {
      throw new JobSpecException(
          "%s: the file cannot be read: %s.".formatted(file, failure.getMessage()));
    }
  }

  /**
   * Returns the job that a text describes.
   *
   * @param source what messages call the text, such as the name of its file
   */
  public static JobSpec parse(String text, String source) throws JobSpecException {
    try {
      JsonNode root = READER.readTree(text);
      if (!root.isObject()) {
        throw new JobSpecException(
            source + ": the file must hold fields such as name and workers.");
      }
      return new JobSpecReader(source, root).job();
    } catch (JsonProcessingException failure) {
      throw new JobSpecException(
          "%s: %s%s".formatted(source, place(failure), firstLine(failure.getOriginalMessage())));
    }
  }

  /** Returns the job as JSON that {@link #parse} reads back. */
  public static String print(JobSpec spec) {
    ObjectNode root = WRITER.createObjectNode();
    root.put(NAME, spec.name());
    root.put(QUEUE, spec.queue());
    if (spec.elastic()) {
      root.put(WORKERS, new Workers(spec.workers(), spec.workersMax()).toString());
    } else {
      root.put(WORKERS, spec.workers());
    }
    root.put(GPUS_PER_WORKER, spec.gpusPerWorker());
    root.put(VCORES, spec.vcores());
    root.put(MEMORY_MIB, spec.memoryMib());
    root.set(ENV, WRITER.valueToTree(spec.env()));
    root.set(FILES, WRITER.valueToTree(spec.files()));
    root.set(ARCHIVES, WRITER.valueToTree(spec.archives()));
    root.put(PRIORITY, spec.priority());
    root.put(OPPORTUNISTIC, spec.opportunistic());
    put(root, CHECKPOINT_INTERVAL, spec.checkpointInterval());
    spec.checkpointPath().ifPresent(path -> root.put(CHECKPOINT_PATH, path));
    put(root, RUNTIME, spec.runtime());
    put(root, GANG_TIMEOUT, spec.gangTimeout());
    put(root, DEADLINE, spec.deadline());
    root.put(MAX_RESTARTS, spec.maxRestarts());
    root.set(GPU_TYPES, WRITER.valueToTree(spec.gpuTypes()));
    root.set(COMMAND, WRITER.valueToTree(spec.command()));
    try {
      return WRITER.writerWithDefaultPrettyPrinter().writeValueAsString(root);
    } catch (JsonProcessingException impossible) {
      throw new VerifyException("a tree of texts and numbers must be printable", impossible);
    }
  }

  private static void put(ObjectNode root, String field, Optional<Duration> value) {
    value.ifPresent(duration -> root.put(field, duration.toSeconds()));
  }

  private JobSpec job() throws JobSpecException {
    checkNames();
    Workers workers = workers();
    return new JobSpec(
        name(),
        text(QUEUE, JobSpec.QUEUE_DEFAULT),
        workers.min(),
        workers.max(),
        number(GPUS_PER_WORKER, 1, Declaration.MEMBER_GPUS_MAX, JobSpec.GPUS_PER_WORKER_DEFAULT),
        number(VCORES, 1, JobSpec.VCORES_MAX, JobSpec.VCORES_DEFAULT),
        memoryMib(),
        environment(),
        texts(FILES),
        texts(ARCHIVES),
        number(PRIORITY, 0, JobSpec.PRIORITY_MAX, JobSpec.PRIORITY_DEFAULT),
        truth(OPPORTUNISTIC),
        duration(CHECKPOINT_INTERVAL),
        checkpointPath(),
        duration(RUNTIME),
        duration(GANG_TIMEOUT),
        duration(DEADLINE),
        number(MAX_RESTARTS, 0, JobSpec.RESTARTS_MAX, JobSpec.MAX_RESTARTS_DEFAULT),
        gpuTypes(),
        command());
  }

  private void checkNames() throws JobSpecException {
    for (Iterator<String> names = root.fieldNames(); names.hasNext(); ) {
      String name = names.next();
      if (!FIELDS.contains(name)) {
        throw new JobSpecException(
            "%s: field %s is unknown.%s".formatted(source, name, NearestName.hint(name, FIELDS)));
      }
    }
  }

  private String name() throws JobSpecException {
    String name = text(NAME, "");
    if (name.isBlank() || name.length() > Declaration.JOB_LENGTH_MAX || !printable(name)) {
      throw wrong(NAME, root.path(NAME), DeclarationName.JOB.accepted());
    }
    return name;
  }

  private static boolean printable(String text) {
    return CharMatcher.inRange(' ', '~').matchesAllOf(text);
  }

  private boolean truth(String field) throws JobSpecException {
    JsonNode value = root.path(field);
    if (!value.isMissingNode() && !value.isBoolean()) {
      throw wrong(field, value, "true or false");
    }
    return value.asBoolean(false);
  }

  private String text(String field, String absent) throws JobSpecException {
    JsonNode value = root.path(field);
    if (value.isMissingNode()) {
      return absent;
    }
    if (!value.isTextual() || value.textValue().isBlank()) {
      throw wrong(field, value, "a text that is not empty");
    }
    return value.textValue();
  }

  private Optional<String> checkpointPath() throws JobSpecException {
    if (!root.has(CHECKPOINT_PATH)) {
      return Optional.empty();
    }
    if (!root.has(CHECKPOINT_INTERVAL)) {
      throw new JobSpecException(
          "%s: %s needs %s.".formatted(source, CHECKPOINT_PATH, CHECKPOINT_INTERVAL));
    }
    return Optional.of(text(CHECKPOINT_PATH, ""));
  }

  private int number(String field, int min, int max, int absent) throws JobSpecException {
    return root.has(field) ? number(field, min, max) : absent;
  }

  private int number(String field, int min, int max) throws JobSpecException {
    JsonNode value = root.path(field);
    if (!value.canConvertToInt() || !value.isIntegralNumber()) {
      throw wrong(field, value, "a whole number from %s to %s".formatted(min, max));
    }
    int number = value.intValue();
    if (number < min || number > max) {
      throw wrong(field, value, "a whole number from %s to %s".formatted(min, max));
    }
    return number;
  }

  private Workers workers() throws JobSpecException {
    JsonNode value = root.path(WORKERS);
    return Optional.of(value)
        .filter(given -> given.isIntegralNumber() || given.isTextual())
        .flatMap(given -> Workers.parse(given.asText()))
        .orElseThrow(() -> wrong(WORKERS, value, Workers.ACCEPTED));
  }

  private int memoryMib() throws JobSpecException {
    JsonNode value = root.path(MEMORY_MIB);
    if (value.isMissingNode()) {
      return JobSpec.MEMORY_MIB_DEFAULT;
    }
    return MemoryText.parseMib(value.asText())
        .orElseThrow(() -> wrong(MEMORY_MIB, value, MemoryText.ACCEPTED));
  }

  private Optional<Duration> duration(String field) throws JobSpecException {
    JsonNode value = root.path(field);
    if (value.isMissingNode()) {
      return Optional.empty();
    }
    Optional<Duration> duration = DurationText.parse(value.asText());
    if (duration.isEmpty()) {
      throw wrong(field, value, DurationText.ACCEPTED);
    }
    return duration;
  }

  private ImmutableMap<String, String> environment() throws JobSpecException {
    JsonNode value = root.path(ENV);
    if (value.isMissingNode()) {
      return ImmutableMap.of();
    }
    if (!value.isObject()) {
      throw wrong(ENV, value, "a map from names of variables to texts");
    }
    ImmutableMap.Builder<String, String> environment = ImmutableMap.builder();
    for (Iterator<Map.Entry<String, JsonNode>> entries = value.fields(); entries.hasNext(); ) {
      Map.Entry<String, JsonNode> entry = entries.next();
      String path = ENV + "." + entry.getKey();
      if (!isVariable(entry.getKey())) {
        throw new JobSpecException(
            "%s: field %s must have the name of an environment variable: letters, digits and _."
                .formatted(source, path));
      }
      environment.put(entry.getKey(), element(path, entry.getValue()));
    }
    return environment.build();
  }

  /** Whether a shell takes this for the name of an environment variable. */
  public static boolean isVariable(String name) {
    return VARIABLE.matcher(name).matches();
  }

  private ImmutableList<String> gpuTypes() throws JobSpecException {
    ImmutableList<String> given = texts(GPU_TYPES);
    return given.isEmpty()
        ? given
        : Contract.models(String.join("+", given))
            .orElseThrow(
                () -> wrong(GPU_TYPES, root.path(GPU_TYPES), "a list of GPU models, best first"));
  }

  private ImmutableList<String> command() throws JobSpecException {
    ImmutableList<String> command = texts(COMMAND);
    if (command.isEmpty() || command.get(0).isEmpty()) {
      throw wrong(COMMAND, root.path(COMMAND), "a list with a program and its arguments");
    }
    return command;
  }

  private ImmutableList<String> texts(String field) throws JobSpecException {
    JsonNode value = root.path(field);
    if (value.isMissingNode()) {
      return ImmutableList.of();
    }
    if (!value.isArray()) {
      throw wrong(field, value, "a list of texts");
    }
    ImmutableList.Builder<String> texts = ImmutableList.builder();
    for (int index = 0; index < value.size(); index++) {
      texts.add(element("%s[%s]".formatted(field, index), value.get(index)));
    }
    return texts.build();
  }

  private String element(String path, JsonNode value) throws JobSpecException {
    if (!value.isTextual()) {
      throw new JobSpecException(
          "%s: field %s is %s but must be a text. Maybe put it in quotes."
              .formatted(source, path, value));
    }
    return value.textValue();
  }

  private JobSpecException wrong(String field, JsonNode value, String accepted) {
    return new JobSpecException(
        value.isMissingNode()
            ? "%s: field %s is missing; it must be %s.".formatted(source, field, accepted)
            : "%s: field %s is %s but must be %s.".formatted(source, field, value, accepted));
  }

  private static String place(JsonProcessingException failure) {
    JsonLocation location = failure.getLocation();
    return location == null
        ? ""
        : "line %s, column %s: ".formatted(location.getLineNr(), location.getColumnNr());
  }

  private static String firstLine(String text) {
    return text.lines().findFirst().orElse("not YAML");
  }
}
