package org.yarngpu.sim.rm;

import com.google.common.collect.ImmutableList;
import org.yarngpu.sim.GanttWindow;
import org.yarngpu.sim.Job;
import org.yarngpu.sim.Segment;
import org.yarngpu.sim.Timeline;
import org.yarngpu.sim.Workload;

/** What a run writes down about the cluster as a whole. */
final class RunLedger {
  private final long windowFromMs;
  private final long windowToMs;
  private final GanttWindow gantt;
  private final Timeline timeline = new Timeline();
  private final ImmutableList.Builder<Segment> segments = ImmutableList.builder();
  private long usefulGpuMs;
  private int gpusHeld;
  private int waitingJobs;
  private int computingJobs;
  private int finishedJobs;
  private int refusedJobs;
  private int letGoInVain;

  RunLedger(Workload workload, GanttWindow gantt) {
    this.windowFromMs = workload.jobs().get(0).submitMs();
    this.windowToMs = windowFromMs + workload.arrivalWindowMs();
    this.gantt = gantt;
  }

  void advance(long toMs) {
    timeline.advance(toMs, gpusHeld, waitingJobs);
  }

  void submitted() {
    waitingJobs++;
  }

  /** The scheduler will never run it. */
  void refused() {
    refusedJobs++;
  }

  /** It will wait no more. */
  void gone() {
    waitingJobs--;
  }

  void began() {
    computingJobs++;
    letGoInVain = 0;
  }

  /** A master has let go of a part of its gang. */
  void letGo() {
    letGoInVain++;
  }

  /** How often a part was let go of since a gang last became whole. */
  int letGoInVain() {
    return letGoInVain;
  }

  void finished() {
    finishedJobs++;
  }

  void holds(Job job, int membersBefore) {
    gpusHeld += job.gpusPerMember();
    if (membersBefore == 0) {
      waitingJobs--;
    }
  }

  /**
   * A member is gone.
   *
   * @param membersAfter that the job still has
   */
  void releases(Job job, String node, long heldSinceMs, long nowMs, int membersAfter) {
    gpusHeld -= job.gpusPerMember();
    if (membersAfter == 0) {
      waitingJobs++;
    }
    if (gantt.touches(heldSinceMs, nowMs) && heldSinceMs < nowMs) {
      segments.add(new Segment(job.id(), node, job.gpusPerMember(), heldSinceMs, nowMs));
    }
  }

  /** An attempt is over that computed in the given time. */
  void computed(Job job, JobAccounts.Interval useful) {
    computingJobs--;
    long fromMs = Math.max(windowFromMs, useful.fromMs());
    long toMs = Math.min(windowToMs, useful.toMs());
    usefulGpuMs += Math.max(0, toMs - fromMs) * job.gpus();
  }

  int computingJobs() {
    return computingJobs;
  }

  int finishedJobs() {
    return finishedJobs;
  }

  /** Jobs of which nothing more is to come. */
  int settledJobs() {
    return finishedJobs + refusedJobs;
  }

  int gpusHeld() {
    return gpusHeld;
  }

  long usefulGpuMs() {
    return usefulGpuMs;
  }

  ImmutableList<Timeline.Bucket> timeline() {
    return timeline.buckets();
  }

  ImmutableList<Segment> segments() {
    return segments.build();
  }
}
