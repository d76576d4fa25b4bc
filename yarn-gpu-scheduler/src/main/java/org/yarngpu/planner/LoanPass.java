package org.yarngpu.planner;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
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
 * Lends GPUs that nobody else starts on in this cycle, to whole gangs only. A borrower must be done
 * soon by forecast, or save its work often, since it goes as soon as its GPUs are needed. The
 * reserve goes to those only that can be killed at once.
 */
final class LoanPass {
  /** A loan is judged for so long. */
  static final long HORIZON_MS = 3_600_000;

  /** A borrower that is not done by then saves its work so many times in it. */
  private static final int CHECKPOINTS = 4;

  private final LeafOrder order;
  private final GangPlacer placer = new GangPlacer();

  LoanPass(LeafOrder order) {
    this.order = order;
  }

  void run(PlanDraft draft) {
    if (draft.borrowing().isEmpty()) {
      return;
    }
    Loans loans = draft.snapshot().loans();
    Map<String, Integer> lent = lent(draft, gang -> true);
    Map<String, Integer> lentWithNotice = lent(draft, gang -> !loans.isKillable(gang));
    Room room = draft.open().copy();
    for (int i = 0; i < room.size(); i++) {
      if (loans.resting().contains(room.node(i).id())) {
        room.set(i, Resources.NONE);
      }
    }
    List<Gang> inOrder = new ArrayList<>(draft.borrowing());
    inOrder.sort(Comparator.comparing(order.of(draft.snapshot())));
    for (Gang gang : inOrder) {
      int gpus = gang.minimumSize().gpus();
      Optional<String> why =
          notAdmitted(gang, draft)
              .or(() -> tooMany(gang, loans.lendableInAll(gang.partition()), lent));
      if (!loans.isKillable(gang.id())) {
        why = why.or(() -> tooMany(gang, loans.lendable(gang.partition()), lentWithNotice));
      }
      Optional<ImmutableList<Member>> members =
          why.isPresent() ? Optional.empty() : placer.place(gang, room);
      if (members.isPresent()) {
        room.take(members.get());
        draft.lend(gang, members.get());
        lent.merge(gang.partition(), gpus, Integer::sum);
        if (!loans.isKillable(gang.id())) {
          lentWithNotice.merge(gang.partition(), gpus, Integer::sum);
        }
      } else {
        draft.reject(
            gang, new Rejection(Reason.NO_LOAN_NOW, why.orElseGet(() -> noRoom(gang, loans))));
      }
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

  private static Map<String, Integer> lent(PlanDraft draft, Predicate<GangId> who) {
    Map<String, Integer> lent = new TreeMap<>();
    for (RunningGang running : draft.snapshot().running()) {
      if (draft.snapshot().loans().isBorrower(running.id()) && who.test(running.id())) {
        for (Member member : running.members()) {
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
    OptionalLong checkpointMs = borrower == null ? OptionalLong.empty() : borrower.checkpointMs();
    @Nullable Forecast forecast = draft.snapshot().forecasts().get(id);
    boolean savesOften =
        checkpointMs.isPresent() && checkpointMs.getAsLong() <= HORIZON_MS / CHECKPOINTS;
    boolean endsSoon = forecast != null && forecast.remainingUpperMs() <= HORIZON_MS;
    return savesOften || endsSoon
        ? Optional.empty()
        : Optional.of(
            "a gang on lent GPUs must save its work every %d min or be forecast to end within %d"
                    .formatted(HORIZON_MS / CHECKPOINTS / 60_000, HORIZON_MS / 60_000)
                + " min; declare gpu.checkpoint if it does");
  }
}
