package org.yarngpu.planner;

import com.google.common.collect.ImmutableList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Cure;
import org.yarngpu.model.Elastic;
import org.yarngpu.model.Forecast;
import org.yarngpu.model.Gang;
import org.yarngpu.model.Placement.Member;
import org.yarngpu.model.Reason;
import org.yarngpu.model.Rejection;
import org.yarngpu.model.WidthScaling;

/**
 * Gives idle GPUs to elastic gangs beyond their minimum: to those that start in this cycle, with
 * their minimum, and to those that run. One member at a time, each to the gang that gains most.
 *
 * <p>Nobody gets surplus in a partition where a gang waits that passes its limits and whose start
 * is not reserved; what is reserved for those whose start is, it does not touch, unless the elastic
 * gang is forecast to be done before.
 *
 * <p>Source: Li et al., "Lyra: Elastic Scheduling for Deep Learning Clusters", EuroSys 2023: first
 * all minima, then surplus by the time that it saves. Differs from it in that surplus is given
 * greedily instead of by a knapsack, and that speed is taken to grow as {@link WidthScaling} says.
 */
final class ElasticPass {
  /** What a gang gains by one member more. */
  private interface Gain {
    double of(Gang gang, int width, int memberGpus, ClusterSnapshot snapshot);
  }

  private final Gain gain;
  private final GangPlacer placer = new GangPlacer();

  private ElasticPass(Gain gain) {
    this.gain = gain;
  }

  /** By the run time that a member more is forecast to save, for each of its GPUs. */
  static ElasticPass byGain() {
    return new ElasticPass(ElasticPass::savedMsPerGpu);
  }

  /** All to the gang that was submitted first, then to the next. */
  static ElasticPass bySubmission() {
    return new ElasticPass((gang, width, memberGpus, snapshot) -> 0);
  }

  /** Without a forecast a gang is taken never to end, and so gains most. */
  private static double savedMsPerGpu(
      Gang gang, int width, int memberGpus, ClusterSnapshot snapshot) {
    @Nullable Forecast forecast = snapshot.forecasts().get(gang.id());
    double remainingMs =
        forecast == null ? Double.POSITIVE_INFINITY : forecast.expectedRemainingMs();
    return remainingMs * (1 - WidthScaling.ASSUMED.speed(width, width + 1)) / memberGpus;
  }

  /**
   * A gang and what it may get next.
   *
   * @param given surplus members that it gets in this cycle
   */
  private record Candidate(Gang gang, Gang member, int given, double gain) {
    static final Comparator<Candidate> LARGEST_GAIN_FIRST =
        Comparator.comparingDouble((Candidate candidate) -> -candidate.gain)
            .thenComparingLong(candidate -> candidate.gang.submittedMs())
            .thenComparing(candidate -> candidate.gang.id());
  }

  void run(PlanDraft draft) {
    PriorityQueue<Candidate> candidates = new PriorityQueue<>(Candidate.LARGEST_GAIN_FIRST);
    Map<String, Boolean> wanted = new HashMap<>();
    for (Gang gang : draft.snapshot().gangs()) {
      if (mayGet(gang, draft)
          && !wanted.computeIfAbsent(gang.partition(), partition -> wanted(partition, draft))) {
        candidate(gang, 0, draft).ifPresent(candidates::add);
      }
    }
    for (Candidate next = candidates.poll(); next != null; next = candidates.poll()) {
      if (widen(next, draft)) {
        candidate(next.gang, next.given + 1, draft).ifPresent(candidates::add);
      }
    }
    draft.growing().stream()
        .filter(gang -> !draft.places(gang.id()))
        .forEach(gang -> draft.reject(gang, rejection(gang, lent(gang, draft))));
  }

  private static boolean mayGet(Gang gang, PlanDraft draft) {
    if (gang.elastic().isEmpty()) {
      return false;
    }
    return gang.phase() == Gang.Phase.GROWING
        ? draft.rejection(gang.id()) == null
            && !draft.yields(gang.id())
            && gang.elastic().get().growsFromMs() <= draft.snapshot().nowMs()
        : draft.places(gang.id());
  }

  private Optional<Candidate> candidate(Gang gang, int given, PlanDraft draft) {
    int width = gang.elastic().map(Elastic::width).orElse(0) + gang.startTogether() + given;
    return gang.surplusMember(given)
        .filter(member -> member.partition().equals(gang.partition()))
        .map(
            member ->
                new Candidate(
                    gang,
                    member,
                    given,
                    gain.of(
                        gang,
                        Math.max(1, width),
                        Math.max(1, member.minimumSize().gpus()),
                        draft.snapshot())));
  }

  /** Whether a gang waits in the partition for which any GPU may matter. */
  private static boolean wanted(String partition, PlanDraft draft) {
    for (Gang gang : draft.admitted()) {
      @Nullable Rejection why = draft.rejection(gang.id());
      if (gang.partition().equals(partition)
          && !draft.places(gang.id())
          && why != null
          && why.cure() == Cure.TIME
          && draft.queues().admits(gang)
          && !draft.reservesFor(gang)) {
        return true;
      }
    }
    return false;
  }

  private boolean widen(Candidate candidate, PlanDraft draft) {
    if (draft.open().gpusInAll() == 0 || !draft.queues().admits(candidate.member)) {
      return false;
    }
    Optional<ImmutableList<Member>> members =
        placer.place(candidate.member, draft.unreserved(candidate.gang));
    members.ifPresent(placed -> draft.widen(candidate.member, placed));
    return members.isPresent();
  }

  /** Members that it has on lent GPUs. */
  private static int lent(Gang gang, PlanDraft draft) {
    return draft.snapshot().loans().surplus().containsKey(gang.id())
        ? draft.snapshot().running().stream()
            .filter(running -> running.id().equals(gang.id()))
            .mapToInt(running -> running.lent().size())
            .sum()
        : 0;
  }

  private static Rejection rejection(Gang gang, int lent) {
    Elastic elastic = gang.elastic().orElseThrow();
    return new Rejection(
        Reason.GROWS_WHEN_IDLE,
        "it runs with %d of at most %d members%s and gets more when GPUs are idle"
            .formatted(
                elastic.width(),
                elastic.maximum(),
                lent == 0 ? "" : ", %d of them on lent GPUs,".formatted(lent)));
  }
}
