package org.yarngpu.appmaster;

import com.google.common.collect.Iterables;
import java.util.List;
import org.apache.hadoop.yarn.api.records.ContainerExitStatus;
import org.apache.hadoop.yarn.api.records.ContainerId;
import org.apache.hadoop.yarn.api.records.ContainerStatus;

/**
 * The end of a member.
 *
 * @param id its container
 * @param cause who ended it
 * @param code as YARN reports it: the program's, or below zero where YARN ended the container
 * @param diagnostics YARN's words about it, may be empty
 */
public record MemberExit(ContainerId id, Cause cause, int code, String diagnostics) {

  /** What the NodeManager writes before the end of a failed container's stderr. */
  private static final String STDERR_HEADING = "bytes of stderr :";

  /** Who ended a member. */
  public enum Cause {
    /** It ended by itself, or was lost with its node. */
    OWN,
    /** The scheduler took its GPUs; not the job's fault, so not counted as a failure. */
    EVICTION
  }

  /**
   * The end that a status reports.
   *
   * @param onNotice whether the member had been told to save and end
   */
  public static MemberExit of(ContainerStatus status, boolean onNotice) {
    boolean evicted =
        status.getExitStatus() == ContainerExitStatus.PREEMPTED
            || (onNotice && status.getExitStatus() != 0);
    return new MemberExit(
        status.getContainerId(),
        evicted ? Cause.EVICTION : Cause.OWN,
        status.getExitStatus(),
        status.getDiagnostics() == null ? "" : status.getDiagnostics());
  }

  /** The end of a member whose start failed. */
  public static MemberExit notStarted(ContainerId id, Exception failure) {
    return new MemberExit(
        id,
        Cause.OWN,
        ContainerExitStatus.INVALID,
        "could not be started: " + failure.getMessage());
  }

  public boolean succeeded() {
    return code == 0;
  }

  /**
   * Says how it ended.
   *
   * @param name what to call the member
   * @param memoryMib what it may use
   */
  public String words(String name, int memoryMib) {
    return switch (code) {
      case ContainerExitStatus.ABORTED -> name + " was lost with its node";
      case ContainerExitStatus.PREEMPTED -> name + " was evicted";
      case ContainerExitStatus.KILLED_EXCEEDED_PMEM, ContainerExitStatus.KILLED_EXCEEDED_VMEM ->
          "%s used more than its %s MiB of memory".formatted(name, memoryMib);
      default -> "%s ended with exit code %s".formatted(name, code);
    };
  }

  /** Returns the last line that the member wrote to stderr, or else YARN's last words about it. */
  public String lastWords() {
    int stderr = diagnostics.lastIndexOf(STDERR_HEADING);
    String words =
        stderr < 0 ? diagnostics : diagnostics.substring(stderr + STDERR_HEADING.length());
    List<String> lines = words.lines().filter(line -> !line.isBlank()).toList();
    return lines.isEmpty() ? "" : " Its last words: " + Iterables.getLast(lines).trim();
  }
}
