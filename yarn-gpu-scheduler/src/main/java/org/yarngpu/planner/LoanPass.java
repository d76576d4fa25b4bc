package org.yarngpu.planner;

import static java.util.Objects.requireNonNull;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.yarngpu.model.Elastic;
import org.yarngpu.model.Forecast;
import org.yarngpu.model.Gang;
import org.yarngpu.model.GangId;
import org.yarngpu.model.Loans;
import org.yarngpu.model.NodeId;
import org.yarngpu.model.Placement.Member;
import org.yarngpu.model.Reason;
import org.yarngpu.model.Rejection;
import org.yarngpu.model.Resources;
import org.yarngpu.model.RunningGang;
import org.yarngpu.policy.order.LeafOrder;

/**
 * Lends GPUs that nobody else starts on in this cycle, to whole gangs first. A borrower must be
 * done soon by forecast, or save its work often, since it goes as soon as its GPUs are needed. The
 * reserve goes to those only that can be killed at once.
 *
 * <p>What no gang waits to borrow goes to the surplus of elastic gangs that own the GPUs of their
 * minimum, to the one that was submitted first before the next.
 */
final class LoanPass {
  /** A loan is judged for so long. */
  static final long HORIZON_MS = 3_600_000;

  private static final Comparator<Gang> OLDEST_FIRST =
      Comparator.comparingLong(Gang::submittedMs).thenComparing(Gang::id);

  private final LeafOrder order;
  private final GangPlacer placer = new GangPlacer();

  LoanPass(LeafOrder order) {
    this.order = order;
  }

  void run(PlanDraft draft) {
    Loans loans = draft.snapshot().loans();
    if (draft.borrowing().isEmpty() && loans.surplus().isEmpty()) {
      return;
    }
    Offer offer = new Offer(draft);
    List<Gang> inOrder = new ArrayList<>(draft.borrowing());
    inOrder.sort(Comparator.comparing(order.of(draft.snapshot())));
    inOrder.forEach(offer::lend);
    draft.snapshot().gangs().stream()
        .filter(gang -> loans.surplus().containsKey(gang.id()))
        .sorted(OLDEST_FIRST)
        .forEach(offer::widen);
  }

  /** What is on loan, and what is left to lend, as one cycle goes on. */
  private final class Offer {
    private final PlanDraft draft;
    private final Loans loans;
    private final Map<String, Integer> lent;
    private final Map<String, Integer> lentWithNotice;
    private final Room room;

    /** Partitions in which a gang waits that might borrow. */
    private final Set<String> waitedFor = new HashSet<>();

    Offer(PlanDraft draft) {
      this.draft = draft;
      this.loans = draft.snapshot().loans();
      this.lent = lentNow(draft, gang -> true);
      this.lentWithNotice = lentNow(draft, gang -> !loans.isKillable(gang));
      this.room = draft.open().copy();
      for (int i = 0; i < room.size(); i++) {
        if (loans.resting().contains(room.node(i).id())) {
          room.set(i, Resources.NONE);
        }
      }
    }

    void lend(Gang gang) {
      Optional<String> barred = notAdmitted(gang, draft);
      Optional<String> why = barred.or(() -> tooMany(gang));
      Optional<ImmutableList<Member>> members =
          why.isPresent() ? Optional.empty() : placer.place(gang, room);
      if (members.isPresent()) {
        take(gang, members.get());
        draft.lend(gang, members.get());
        return;
      }
      if (barred.isEmpty()) {
        waitedFor.add(gang.partition());
      }
      draft.reject(
          gang, new Rejection(Reason.NO_LOAN_NOW, why.orElseGet(() -> noRoom(gang, loans))));
    }

    /** Gives as many members as there are, one by one. */
    void widen(Gang gang) {
      if (!mayWiden(gang)) {
        return;
      }
      Elastic own = gang.elastic().orElseThrow();
      int maximum = requireNonNull(loans.surplus().get(gang.id())).maximum();
      Gang wider =
          gang.withElastic(new Elastic(own.width(), own.minimum(), maximum, own.growsFromMs()));
      ImmutableList.Builder<Member> members = ImmutableList.builder();
      for (Optional<Gang> next = wider.surplusMember(0); next.isPresent(); ) {
        Gang member = next.get();
        Optional<ImmutableList<Member>> placed =
            tooMany(member).isPresent() ? Optional.empty() : placer.place(member, room);
        if (placed.isEmpty()) {
          break;
        }
        take(member, placed.get());
        members.addAll(placed.get());
        next = wider.surplusMember(members.build().size());
      }
      if (!members.build().isEmpty()) {
        draft.lend(gang, members.build());
      }
    }

    private boolean mayWiden(Gang gang) {
      return gang.phase() == Gang.Phase.GROWING
          && gang.complete()
          && gang.elastic().isPresent()
          && gang.elastic().get().growsFromMs() <= draft.snapshot().nowMs()
          && !waitedFor.contains(gang.partition())
          && !draft.places(gang.id())
          && !draft.yields(gang.id());
    }

    private void take(Gang gang, ImmutableList<Member> members) {
      int gpus = gang.minimumSize().gpus();
      room.take(members);
      lent.merge(gang.partition(), gpus, Integer::sum);
      if (!loans.isKillable(gang.id())) {
        lentWithNotice.merge(gang.partition(), gpus, Integer::sum);
      }
    }

    private Optional<String> tooMany(Gang gang) {
      Optional<String> why = LoanPass.tooMany(gang, loans.lendableInAll(gang.partition()), lent);
      return loans.isKillable(gang.id())
          ? why
          : why.or(() -> LoanPass.tooMany(gang, loans.lendable(gang.partition()), lentWithNotice));
    }
  }

  private static Optional<String> tooMany(Gang gang, int lendable, Map<String, Integer> lent) {
    int gpus = gang.minimumSize().gpus();
    int lentGpus = lent.getOrDefault(gang.partition(), 0);
    return lentGpus + gpus <= lendable
        ? Optional.empty()
        : Optional.of(
            "%s needs %d GPUs, but of %d that may be lent %d are"
                .formatted(Wording.members(gang), gpus, lendable, lentGpus));
  }

  private static String noRoom(Gang gang, Loans loans) {
    String text =
        "%s does not fit on the free GPUs of nodes that lend".formatted(Wording.members(gang));
    int resting = loans.resting().size();
    return resting == 0
        ? text
        : text
            + "; %d lend nothing new for a while, since loans were called back there"
                .formatted(resting);
  }

  private static Map<String, Integer> lentNow(PlanDraft draft, Predicate<GangId> who) {
    Map<String, Integer> lent = new TreeMap<>();
    for (RunningGang running : draft.snapshot().running()) {
      if (who.test(running.id())) {
        for (Member member : running.lent()) {
          lent.merge(partition(member.node(), draft), member.size().gpus(), Integer::sum);
        }
      }
    }
    return lent;
  }

  private static String partition(NodeId id, PlanDraft draft) {
    var node = draft.snapshot().node(id);
    return node == null ? "" : node.partition();
  }

  /** Why the gang is no borrower; empty if it is one. */
  private static Optional<String> notAdmitted(Gang gang, PlanDraft draft) {
    GangId id = gang.id();
    Loans.Borrower borrower = draft.snapshot().loans().borrowers().get(id);
    @Nullable Forecast forecast = draft.snapshot().forecasts().get(id);
    boolean savesOften = borrower != null && borrower.savesOften();
    boolean endsSoon = forecast != null && forecast.remainingUpperMs() <= HORIZON_MS;
    return savesOften || endsSoon
        ? Optional.empty()
        : Optional.of(
            "a gang on lent GPUs must save its work every %d min or be forecast to end within %d"
                    .formatted(Loans.OFTEN_MS / 60_000, HORIZON_MS / 60_000)
                + " min; declare gpu.checkpoint if it does");
  }
}
