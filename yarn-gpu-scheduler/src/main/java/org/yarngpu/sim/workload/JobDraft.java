package org.yarngpu.sim.workload;

import com.google.common.base.Splitter;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.util.Optional;
import java.util.OptionalLong;
import org.yarngpu.sim.Job;

/** A job in the making: what every trace says, and what only some do. */
final class JobDraft {

  private static final Splitter MODELS = Splitter.on('|');

  private final String id;
  private final long submitMs;
  private final long runMs;
  private final Shape shape;
  private String user = "";
  private String group = "";
  private String queue = "";
  private int priority;
  private String gpuModel = "";
  private OptionalLong estimateMs = OptionalLong.empty();
  private OptionalLong checkpointMs = OptionalLong.empty();
  private Optional<Ended> ended = Optional.empty();

  JobDraft(String id, long submitMs, long runMs, Shape shape) throws MalformedException {
    this.id = id;
    this.submitMs = submitMs;
    this.runMs = runMs;
    this.shape = shape;
    if (runMs < 0) {
      throw new MalformedException("job %s ends before it starts".formatted(id));
    }
  }

  @CanIgnoreReturnValue
  JobDraft user(String value) {
    user = value;
    return this;
  }

  @CanIgnoreReturnValue
  JobDraft group(String value) {
    group = value;
    return this;
  }

  @CanIgnoreReturnValue
  JobDraft queue(String value) {
    queue = value;
    return this;
  }

  @CanIgnoreReturnValue
  JobDraft priority(int value) {
    priority = value;
    return this;
  }

  /** Several acceptable models are written {@code A|B}: a job has one, so the first is taken. */
  @CanIgnoreReturnValue
  JobDraft gpuModels(String value) {
    gpuModel = MODELS.split(value).iterator().next();
    return this;
  }

  @CanIgnoreReturnValue
  JobDraft estimateMs(OptionalLong value) {
    estimateMs = value;
    return this;
  }

  @CanIgnoreReturnValue
  JobDraft checkpointMs(OptionalLong value) {
    checkpointMs = value;
    return this;
  }

  /** What else is known of how it ended. */
  @CanIgnoreReturnValue
  JobDraft ended(Ended value) {
    ended = Optional.of(value);
    return this;
  }

  Optional<Ended> ended() {
    return ended;
  }

  Job toJob() {
    return new Job(
        id,
        submitMs,
        runMs,
        shape.members(),
        shape.gpusPerMember(),
        shape.deviceShare(),
        user,
        group,
        queue,
        priority,
        gpuModel,
        estimateMs,
        checkpointMs);
  }
}
