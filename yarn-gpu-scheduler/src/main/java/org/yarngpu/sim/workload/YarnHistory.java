package org.yarngpu.sim.workload;

import static com.google.common.collect.ImmutableList.toImmutableList;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.yarngpu.job.Contract;
import org.yarngpu.job.Declaration;
import org.yarngpu.job.DeclarationException;
import org.yarngpu.predict.Completion;
import org.yarngpu.predict.Ending;
import org.yarngpu.predict.JobIdentity;

/**
 * The history of a YARN cluster: saved answers of {@code /ws/v1/cluster/apps}, one file or a
 * directory of them, or an answer of {@code /ws/v1/cluster/apps/<id>}.
 *
 * <p>YARN counts GPU-seconds ({@code resourceSecondsMap}, {@code yarn.io/gpu}) but keeps neither
 * the size of a gang nor its start: {@code launchTime} is when the application master was launched.
 * So, with <i>mean</i> = GPU-seconds / ({@code finishedTime} - {@code launchTime}):
 *
 * <ul>
 *   <li>tags {@code gpu.gang} and {@code gpu.gang.gpus}: members and GPUs of each are as declared;
 *   <li>{@code gpu.gang} alone: each has mean / gang GPUs, rounded up;
 *   <li>{@code gpu.gang.gpus} alone: there are mean / GPUs members, rounded up;
 *   <li>neither: mean members, rounded up, of one GPU each. This is too few for a job that spent
 *       much of its life waiting for GPUs.
 * </ul>
 *
 * <p>The run time is GPU-seconds / GPUs, at most the life of the application master: the work is
 * what YARN counted, whatever was guessed. It includes what evictions and restarts repeated.
 *
 * <p>Tags {@code gpu.job}, {@code gpu.type}, {@code gpu.runtime} and {@code gpu.checkpoint} are
 * read; without {@code gpu.job} the application's name is the group. An application that occurs
 * several times counts once: one that has ended goes before one that has not, then the later file
 * in the order of names. Those that have not ended or used no GPU are left out.
 *
 * <p>Source: {@code AppInfo} of Hadoop 3.4.2;
 * https://hadoop.apache.org/docs/r3.4.2/hadoop-yarn/hadoop-yarn-site/ResourceManagerRest.html
 */
final class YarnHistory implements TraceReader {

  private static final ImmutableSet<String> ENDED = ImmutableSet.of("FINISHED", "FAILED", "KILLED");
  private static final String GPU = "yarn.io/gpu";
  private static final String MEMORY = "memory-mb";
  private static final Splitter TAGS = Splitter.on(',').trimResults().omitEmptyStrings();

  /** An application as an answer has it. */
  private record Saved(String file, long number, JsonNode app) {
    boolean ended() {
      return ENDED.contains(app.path("state").asText());
    }
  }

  private final Map<String, Saved> newest = new LinkedHashMap<>();

  @Override
  public void read(Path input, JobCollector into) throws IOException {
    for (Path file : files(input)) {
      try (BufferedReader text = TraceText.open(file)) {
        readAnswers(file.toString(), text, into);
      }
    }
    addJobs(into);
  }

  /** Files that start with a dot are none of ours. */
  private static ImmutableList<Path> files(Path input) throws IOException {
    if (!Files.isDirectory(input)) {
      return ImmutableList.of(input);
    }
    try (Stream<Path> entries = Files.list(input)) {
      return entries
          .filter(Files::isRegularFile)
          .filter(file -> !file.getFileName().toString().startsWith("."))
          .sorted()
          .collect(toImmutableList());
    }
  }

  /** Keeps the applications of an answer. */
  void readAnswers(String file, BufferedReader text, JobCollector into) throws IOException {
    JsonRecords.read(
        file,
        text,
        into,
        (record, answer) -> {
          if (!answer.has("apps") && !answer.has("app")) {
            throw new MalformedException("this is no answer of /ws/v1/cluster/apps");
          }
          JsonNode apps = answer.has("app") ? answer.path("app") : answer.path("apps").path("app");
          long number = 0;
          for (JsonNode app : apps.isObject() ? List.of(apps) : apps) {
            keep(new Saved(file, ++number, app), into);
          }
        });
  }

  private void keep(Saved saved, JobCollector into) {
    into.row(
        saved.file,
        saved.number,
        () ->
            newest.merge(
                JsonRecords.fields(saved.app).required("id"),
                saved,
                (old, later) -> later.ended() || !old.ended() ? later : old));
  }

  /** Hands over the jobs of all answers. */
  void addJobs(JobCollector into) {
    newest.forEach((id, saved) -> into.row(saved.file, saved.number, () -> add(id, saved, into)));
    newest.clear();
  }

  private static void add(String id, Saved saved, JobCollector into) throws MalformedException {
    Fields app = JsonRecords.fields(saved.app);
    if (!saved.ended()) {
      into.leaveOut("has not ended");
      return;
    }
    double gpuSeconds = gpuSeconds(id, app, saved.app.path("resourceSecondsMap"));
    if (gpuSeconds == 0) {
      into.leaveOut("used no GPU");
      return;
    }
    long startedMs = app.ms("startedTime");
    long finishedMs = app.ms("finishedTime");
    if (startedMs == 0 || finishedMs == 0) {
      throw new MalformedException(
          "%s has no times. Maybe ask as a user who may view it".formatted(id));
    }
    long launchedMs = app.has("launchTime") ? app.ms("launchTime") : 0;
    long lifeMs = Math.max(1, finishedMs - (launchedMs == 0 ? startedMs : launchedMs));
    Declaration declared = declared(id, app);
    Shape shape = shape(declared, 1000 * gpuSeconds / lifeMs);
    int gpus = Math.multiplyExact(shape.members(), shape.gpusPerMember());
    long runMs = Math.min(lifeMs, Math.round(1000 * gpuSeconds / gpus));
    into.add(
        new JobDraft(id, startedMs, runMs, shape)
            .user(app.text("user"))
            .group(declared.job().orElse(app.text("name")))
            .queue(leaf(app.text("queue")))
            .priority(app.integer("priority"))
            .gpuModels(declared.types().isEmpty() ? "" : declared.types().get(0))
            .estimateMs(ms(declared.runtime()))
            .checkpointMs(ms(declared.checkpoint()))
            .ended(
                new Ended(
                    identity(app, declared, gpus),
                    declared.gangMax().isPresent()
                        ? Completion.atMinimumWidth(gpuSeconds, gpus)
                        : runMs / 1000.0,
                    ending(app),
                    finishedMs - startedMs)));
  }

  private static JobIdentity identity(Fields app, Declaration declared, int gpus) {
    return new JobIdentity(
        app.text("user"),
        app.text("name"),
        declared.job().orElse(""),
        app.text("queue"),
        gpus,
        declared.runtime().isPresent()
            ? OptionalDouble.of(declared.runtime().get().toMillis() / 1000.0)
            : OptionalDouble.empty());
  }

  /** An application master may finish and say that the job failed. */
  private static Ending ending(Fields app) {
    return switch (app.has("finalStatus") ? app.text("finalStatus") : app.text("state")) {
      case "FAILED" -> Ending.FAILED;
      case "KILLED" -> Ending.STOPPED_BY_USER;
      default -> Ending.SUCCEEDED;
    };
  }

  private static Shape shape(Declaration declared, double meanGpus) throws MalformedException {
    if (declared.gang().isPresent()) {
      int members = declared.gang().getAsInt();
      return Shape.ofParts(
          members, declared.memberGpus().orElse(Math.max(1, roundedUp(meanGpus / members))));
    }
    int each = declared.memberGpus().orElse(1);
    return Shape.ofParts(Math.max(1, roundedUp(meanGpus / each)), each);
  }

  /** YARN cuts each container's time to whole seconds; a hundredth is not another GPU. */
  private static int roundedUp(double gpus) {
    return (int) Math.ceil(gpus - 0.01);
  }

  /**
   * The map is {@code {"entry": {"key": k, "value": v}, "entry": ...}} in JSON of Hadoop 3.4, with
   * equal names, of which most programs keep one; other versions and proxies write an array of
   * entries, or {@code {k: v}}. Every container has memory, so its absence shows a loss.
   */
  private static double gpuSeconds(String id, Fields app, JsonNode map) throws MalformedException {
    Map<String, Double> seconds = new HashMap<>();
    JsonNode entries = map.path("entry");
    for (JsonNode entry : entries.isObject() ? List.of(entries) : entries) {
      seconds.put(entry.path("key").asText(), JsonRecords.fields(entry).number("value"));
    }
    for (String name : List.of(GPU, MEMORY)) {
      if (map.has(name)) {
        seconds.put(name, JsonRecords.fields(map).number(name));
      }
    }
    if (!seconds.containsKey(MEMORY)
        && app.has("memorySeconds")
        && app.number("memorySeconds") > 0) {
      throw new MalformedException(
          "the resourceSecondsMap of %s has lost entries. Maybe save answers as they come: jq keeps"
                  .formatted(id)
              + " one of equal names");
    }
    return seconds.getOrDefault(GPU, 0.0);
  }

  private static Declaration declared(String id, Fields app) throws MalformedException {
    try {
      return Contract.read(
          ImmutableMap.of(), TAGS.splitToList(app.text("applicationTags")), ImmutableMap.of());
    } catch (DeclarationException wrong) {
      throw new MalformedException("%s: %s".formatted(id, wrong.getMessage()));
    }
  }

  private static OptionalLong ms(Optional<Duration> duration) {
    return duration.map(Duration::toMillis).map(OptionalLong::of).orElse(OptionalLong.empty());
  }

  private static String leaf(String queue) {
    return queue.substring(queue.lastIndexOf('.') + 1);
  }
}
