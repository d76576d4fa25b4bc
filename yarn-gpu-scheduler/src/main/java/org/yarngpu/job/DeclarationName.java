package org.yarngpu.job;

import com.google.common.base.Ascii;
import java.util.Arrays;
import java.util.Optional;

/**
 * The names under which a job declares something about itself, in both spellings: {@code gpu.gang}
 * as application tag and queue default, {@code GPU_GANG} as scheduling property and in the
 * environment of the application master.
 */
public enum DeclarationName {
  GANG("gpu.gang", "a whole number from 1 to " + Declaration.MEMBERS_MAX),
  GANG_MAX("gpu.gang.max", "a whole number from 1 to " + Declaration.MEMBERS_MAX),
  GANG_GPUS("gpu.gang.gpus", "a whole number from 1 to " + Declaration.MEMBER_GPUS_MAX),
  GANG_TIMEOUT("gpu.gang.timeout", DurationText.ACCEPTED),
  DEADLINE("gpu.deadline", DurationText.ACCEPTED),
  CHECKPOINT("gpu.checkpoint", DurationText.ACCEPTED),
  RUNTIME("gpu.runtime", DurationText.ACCEPTED),
  JOB("gpu.job", "a name of 1 to " + Declaration.JOB_LENGTH_MAX + " printable characters"),
  KIND("gpu.kind", "training, inference or interactive"),
  TYPE("gpu.type", "GPU models in order of preference with + between them, such as a100+v100"),
  SHARE("gpu.share", "true or false"),
  OPPORTUNISTIC("gpu.opportunistic", "true or false");

  private final String tag;
  private final String accepted;

  DeclarationName(String tag, String accepted) {
    this.tag = tag;
    this.accepted = accepted;
  }

  /** The spelling of application tags and queue defaults, such as {@code gpu.gang}. */
  public String tag() {
    return tag;
  }

  /** The spelling of environments and scheduling properties, such as {@code GPU_GANG}. */
  public String env() {
    return Ascii.toUpperCase(tag).replace('.', '_');
  }

  /** What a value must look like, in words. */
  public String accepted() {
    return accepted;
  }

  static Optional<DeclarationName> ofTag(String tag) {
    return Arrays.stream(values()).filter(name -> name.tag.equals(tag)).findFirst();
  }
}
