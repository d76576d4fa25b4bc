package org.yarngpu.history;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;
import java.util.OptionalDouble;
import org.yarngpu.model.Predictability;
import org.yarngpu.predict.Completion;
import org.yarngpu.predict.Ending;
import org.yarngpu.predict.JobIdentity;
import org.yarngpu.predict.JobName;
import org.yarngpu.predict.ModelRun;
import org.yarngpu.predict.PastForecast;
import org.yarngpu.storage.JsonFields;

/**
 * A completion as one line of JSON, 150 to 300 bytes: what is learned from {@code
 * parse(print(completion))} is what is learned from the completion. Every field is named here, so
 * that renaming code changes no file.
 */
final class CompletionJson {
  /** Raised whenever a line means something else than before. */
  static final int VERSION = 1;

  private CompletionJson() {}

  /** Prints one line with its end, in ASCII; the stream is neither flushed nor closed. */
  static void print(Completion completion, OutputStream out) throws IOException {
    try (JsonGenerator json = JsonLines.printer(out)) {
      json.writeStartObject();
      json.writeNumberField("version", VERSION);
      printJob(completion.job(), json);
      if (Double.isFinite(completion.runtimeSeconds())) {
        json.writeNumberField("seconds", completion.runtimeSeconds());
      }
      json.writeStringField("ending", completion.ending().name());
      json.writeStringField("tenure", completion.tenure().name());
      if (completion.forecast().isPresent()) {
        json.writeObjectFieldStart("forecast");
        printForecast(completion.forecast().get(), json);
        json.writeEndObject();
      }
      if (completion.modelRun().isPresent()) {
        json.writeStringField("model", completion.modelRun().get().model());
        json.writeNumberField("onModel", completion.modelRun().get().seconds());
      }
      json.writeEndObject();
      json.writeRaw('\n');
    }
  }

  private static void printJob(JobIdentity job, JsonGenerator json) throws IOException {
    json.writeStringField("user", job.user());
    json.writeStringField(
        "name", job.name().substring(0, Math.min(job.name().length(), JobName.READ_MAX)));
    if (!job.declaredJob().isEmpty()) {
      json.writeStringField("job", job.declaredJob());
    }
    json.writeStringField("queue", job.queue());
    json.writeNumberField("gpus", job.gpus());
    if (job.declaredSeconds().isPresent()) {
      json.writeNumberField("declared", job.declaredSeconds().getAsDouble());
    }
  }

  private static void printForecast(PastForecast forecast, JsonGenerator json) throws IOException {
    json.writeNumberField("median", forecast.medianSeconds());
    json.writeNumberField("half", forecast.halfSeconds());
    json.writeNumberField("most", forecast.mostSeconds());
    json.writeStringField("class", forecast.predictability().name());
    json.writeStringField("level", forecast.level().code());
    json.writeStringField("key", forecast.key().code());
  }

  /**
   * Reads one line.
   *
   * @throws HistoryException if it is no completion, or one of another version
   */
  static Completion parse(String line) throws HistoryException {
    JsonFields fields = JsonLines.parse("the line", line);
    try {
      JsonLines.requireVersion(fields, VERSION);
      Completion completion =
          new Completion(
              job(fields),
              fields.find("seconds") == null ? Double.NaN : fields.real("seconds"),
              Ending.valueOf(fields.text("ending")),
              Ending.Tenure.valueOf(fields.text("tenure")),
              forecast(fields),
              fields.find("model") == null
                  ? Optional.empty()
                  : Optional.of(new ModelRun(fields.text("model"), fields.real("onModel"))));
      fields.end();
      return completion;
    } catch (IllegalArgumentException e) {
      throw new HistoryException(e);
    }
  }

  private static JobIdentity job(JsonFields fields) {
    return new JobIdentity(
        fields.text("user"),
        fields.text("name"),
        fields.find("job") == null ? "" : fields.text("job"),
        fields.text("queue"),
        fields.number("gpus"),
        fields.find("declared") == null
            ? OptionalDouble.empty()
            : OptionalDouble.of(fields.real("declared")));
  }

  private static Optional<PastForecast> forecast(JsonFields fields) {
    var node = fields.find("forecast");
    if (node == null) {
      return Optional.empty();
    }
    JsonFields forecast = new JsonFields("the forecast", node);
    PastForecast past =
        new PastForecast(
            forecast.real("median"),
            forecast.real("half"),
            forecast.real("most"),
            Predictability.valueOf(forecast.text("class")),
            JsonLines.level(forecast, "level"),
            JsonLines.level(forecast, "key"));
    forecast.end();
    return Optional.of(past);
  }
}
