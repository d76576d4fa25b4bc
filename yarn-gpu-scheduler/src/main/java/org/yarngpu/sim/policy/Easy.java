package org.yarngpu.sim.policy;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.TreeMultimap;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.yarngpu.model.Placement.Member;
import org.yarngpu.planner.GangPlacer;
import org.yarngpu.planner.Room;
import org.yarngpu.sim.policy.Decision.Start;

/**
 * EASY backfilling: the order of submission; the first job that does not fit gets a reservation,
 * and a later one may overtake it if it ends before the reservation begins or leaves alone what is
 * reserved.
 *
 * <p>Source: Lifka, "The ANL/IBM SP scheduling system", JSSPP 1995; Mu'alem and Feitelson, TPDS
 * 2001. Nodes matter here, so a reservation is GPUs on nodes, and what it holds of a node is
 * subtracted from what is free there.
 */
public final class Easy implements Policy {
  /** Jobs behind the first that are looked at for backfill. */
  private static final int SCANNED = 200;

  private final RunTimeGuess guess;
  private final GangPlacer placer = new GangPlacer();

  /** By partition. */
  private final TreeMultimap<String, ActiveJob> waiting =
      TreeMultimap.create(Comparator.naturalOrder(), ActiveJob.BY_SUBMISSION);

  private Easy(RunTimeGuess guess) {
    this.guess = guess;
  }

  public static Easy withUserEstimates() {
    return new Easy(new UserEstimates());
  }

  public static Easy withPredictions() {
    return new Easy(new RecentRunTimes());
  }

  public static Easy withForecasts() {
    return new Easy(new ForecastGuess());
  }

  public static Easy withPerfectTimes(GroundTruth truth) {
    return new Easy(truth::remainingMs);
  }

  @Override
  public void waits(ActiveJob job) {
    waiting.put(job.gang().partition(), job);
    guess.submitted(job);
  }

  @Override
  public void started(ActiveJob job) {
    waiting.remove(job.gang().partition(), job);
  }

  @Override
  public void ended(ActiveJob job) {
    guess.learn(job);
  }

  @Override
  public boolean anyWaits() {
    return !waiting.isEmpty();
  }

  @Override
  public Decision decide(View view) {
    ImmutableList.Builder<Start> starts = ImmutableList.builder();
    Room free = view.free();
    for (String partition : waiting.keySet()) {
      if (free.gpusInAll() > 0) {
        decide(view, waiting.get(partition).iterator(), free, starts);
      }
    }
    return Decision.start(starts.build());
  }

  private void decide(
      View view, Iterator<ActiveJob> line, Room free, ImmutableList.Builder<Start> starts) {
    List<ActiveJob> running = new ArrayList<>(view.running());
    List<Start> startedNow = new ArrayList<>();
    while (line.hasNext()) {
      ActiveJob job = line.next();
      Optional<ImmutableList<Member>> members = placer.place(job.gang(), free);
      if (members.isEmpty()) {
        backfill(reserve(job, running, startedNow, free), line, free, startedNow);
        break;
      }
      free.take(members.get());
      startedNow.add(new Start(job, members.get()));
    }
    starts.addAll(startedNow);
  }

  /**
   * The start that the first job is promised.
   *
   * @param inMs time until then; 0 if it is not known ever to fit
   * @param members what it will hold
   */
  private record Shadow(long inMs, ImmutableList<Member> members) {}

  private Shadow reserve(
      ActiveJob head, List<ActiveJob> running, List<Start> startedNow, Room free) {
    record End(long inMs, ImmutableList<Member> members) {}
    List<End> ends = new ArrayList<>();
    for (ActiveJob job : running) {
      ends.add(new End(guess.remainingMs(job), job.members()));
    }
    for (Start start : startedNow) {
      ends.add(new End(guess.remainingMs(start.job()), start.members()));
    }
    ends.sort(Comparator.comparingLong(End::inMs)); // stable: ties in the order of start
    int tooFew = 0; // with so many ends it does not fit; with one more than enough it does
    int enough = ends.size() + 1;
    Room then = free;
    while (enough - tooFew > 1) {
      int middle = (tooFew + enough) >>> 1;
      Room room = free.copy();
      ends.subList(0, middle).forEach(end -> room.giveBack(end.members()));
      if (placer.fits(head.gang(), room)) {
        enough = middle;
        then = room;
      } else {
        tooFew = middle;
      }
    }
    return enough > ends.size()
        ? new Shadow(0, ImmutableList.of())
        : new Shadow(ends.get(enough - 1).inMs(), placer.place(head.gang(), then).orElseThrow());
  }

  private void backfill(
      Shadow shadow, Iterator<ActiveJob> line, Room free, List<Start> startedNow) {
    Room notReserved = free.copy();
    notReserved.takeAtMost(shadow.members());
    for (int scanned = 0; scanned < SCANNED && line.hasNext() && free.gpusInAll() > 0; scanned++) {
      ActiveJob job = line.next();
      boolean endsBefore = guess.backfillMs(job) <= shadow.inMs();
      Optional<ImmutableList<Member>> members =
          placer.place(job.gang(), endsBefore ? free : notReserved);
      if (members.isPresent()) {
        free.take(members.get());
        notReserved.takeAtMost(members.get());
        startedNow.add(new Start(job, members.get()));
      }
    }
  }
}
