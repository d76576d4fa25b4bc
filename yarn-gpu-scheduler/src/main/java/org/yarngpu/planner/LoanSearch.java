package org.yarngpu.planner;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.yarngpu.model.Gang;

/**
 * The loans of least cost whose end lets one gang start: exact by trying sets in the order of their
 * cost, and once too many were tried, greedy: the cheapest first, then without those not needed.
 */
final class LoanSearch {
  /** Sets tried before the search gives up to be exact. */
  private static final int TRIED = 256;

  private static final Comparator<Loan> CHEAPEST_FIRST =
      Comparator.comparingLong(Loan::costMs).thenComparing(Loan::id);

  private final Gang gang;
  private final Room free;
  private final List<Loan> loans;
  private final GangPlacer placer = new GangPlacer();

  /**
   * @param free what the gang could use now
   * @param loans all together would be enough
   */
  LoanSearch(Gang gang, Room free, List<Loan> loans) {
    this.gang = gang;
    this.free = free;
    this.loans = new ArrayList<>(loans);
    this.loans.sort(CHEAPEST_FIRST);
  }

  /**
   * A set of loans, as a node of the tree in which each set is met once and costs no less than
   * those above it.
   *
   * @param last its dearest loan; sets below it differ by loans that are no cheaper
   */
  private record Candidate(List<Loan> set, int last, long costMs) {}

  /** Empty if the gang fits without any. */
  List<Loan> cheapest() {
    if (fits(List.of())) {
      return List.of();
    }
    PriorityQueue<Candidate> candidates =
        new PriorityQueue<>(
            Comparator.comparingLong(Candidate::costMs).thenComparingInt(Candidate::last));
    candidates.add(new Candidate(List.of(loans.get(0)), 0, loans.get(0).costMs()));
    for (int tried = 0; tried < TRIED; tried++) {
      Candidate candidate = candidates.poll();
      if (candidate == null) {
        break;
      }
      if (fits(candidate.set)) {
        return candidate.set;
      }
      int next = candidate.last + 1;
      if (next < loans.size()) {
        candidates.add(with(candidate.set, next));
        candidates.add(with(candidate.set.subList(0, candidate.set.size() - 1), next));
      }
    }
    return greedy();
  }

  private Candidate with(List<Loan> set, int more) {
    List<Loan> larger = new ArrayList<>(set);
    larger.add(loans.get(more));
    return new Candidate(larger, more, larger.stream().mapToLong(Loan::costMs).sum());
  }

  private List<Loan> greedy() {
    List<Loan> taken = new ArrayList<>();
    for (Loan loan : loans) {
      taken.add(loan);
      if (fits(taken)) {
        break;
      }
    }
    List<Loan> dearestFirst = new ArrayList<>(taken);
    dearestFirst.sort(CHEAPEST_FIRST.reversed());
    for (Loan loan : dearestFirst) {
      taken.remove(loan);
      if (!fits(taken)) {
        taken.add(loan);
      }
    }
    return taken;
  }

  private boolean fits(List<Loan> gone) {
    Room room = free.copy();
    gone.forEach(loan -> room.giveBackWhereOpen(loan.members()));
    return placer.fits(gang, room);
  }
}
