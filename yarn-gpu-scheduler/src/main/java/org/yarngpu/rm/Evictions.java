package org.yarngpu.rm;

import com.google.common.collect.ImmutableSet;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.apache.hadoop.yarn.api.protocolrecords.SignalContainerRequest;
import org.apache.hadoop.yarn.api.records.ContainerId;
import org.apache.hadoop.yarn.api.records.SignalContainerCommand;
import org.apache.hadoop.yarn.server.resourcemanager.rmcontainer.RMContainer;
import org.apache.hadoop.yarn.server.resourcemanager.rmcontainer.RMContainerEventType;
import org.apache.hadoop.yarn.server.resourcemanager.rmcontainer.RMContainerState;
import org.apache.hadoop.yarn.server.resourcemanager.rmnode.RMNodeSignalContainerEvent;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.SchedulerUtils;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.common.fica.FiCaSchedulerApp;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.yarngpu.model.Eviction;
import org.yarngpu.model.GangId;
import org.yarngpu.model.Placement;

/**
 * Evictions under way: notice, grace, kill. The application master is told by the preemption
 * contract and each member by SIGTERM, so that they can write a checkpoint; what still lives after
 * the grace is killed, the whole gang at once. Of an elastic gang that loses surplus, the contract
 * and the kill are for the surplus; the signal is for all, since all start anew.
 *
 * <p>The loop's own. A ResourceManager that restarts has forgotten them: they are planned again,
 * with a new notice.
 */
final class Evictions {
  private static final Logger LOG = LoggerFactory.getLogger(Evictions.class);
  private static final Logger AUDIT = LoggerFactory.getLogger("org.yarngpu.audit");

  /**
   * That a container was launched is known after its node's next heartbeat, of one second. One that
   * is killed before that is forgotten at once, and its devices would go to another while it runs.
   */
  private static final long UNREPORTED_MS = 3000;

  private final GpuScheduler scheduler;
  private final SchedulerMetrics metrics;
  private final Map<GangId, Notice> underWay = new LinkedHashMap<>();

  /**
   * A gang that is told to go.
   *
   * @param killedMs when those of its members that still live are killed
   * @param surplus the members that go; empty if all do
   */
  private record Notice(
      GangState victim,
      GangId beneficiary,
      long noticedMs,
      long killedMs,
      ImmutableSet<ContainerId> surplus) {

    boolean isDue(List<RMContainer> members, long nowMs) {
      boolean allReported =
          members.stream().noneMatch(member -> member.getState() == RMContainerState.ACQUIRED);
      return nowMs >= killedMs && (allReported || nowMs - noticedMs >= UNREPORTED_MS);
    }

    boolean concerns(RMContainer member) {
      return surplus.isEmpty() || surplus.contains(member.getContainerId());
    }
  }

  Evictions(GpuScheduler scheduler, SchedulerMetrics metrics) {
    this.scheduler = scheduler;
    this.metrics = metrics;
  }

  /** Says who would be told to go. */
  void wouldNotice(Eviction eviction) {
    metrics.evictionObserved();
    AUDIT.info(
        "would evict gangs={} surplusOf={} for={}; yarn.scheduler.gpu.preemption is observe",
        eviction.victims(),
        eviction.shrinks().keySet(),
        eviction.gang());
  }

  /**
   * Tells a gang to go; nothing happens if it has ended or knows already.
   *
   * @param graceMs for how long it may go on
   */
  void notice(GangId id, GangId beneficiary, long graceMs, long nowMs) {
    GangState victim = scheduler.gangs().gang(id);
    if (victim == null || underWay.containsKey(id)) {
      return;
    }
    List<RMContainer> members = members(victim);
    victim.notice(
        members.stream().map(RMContainer::getContainerId).collect(ImmutableSet.toImmutableSet()));
    members.forEach(this::signal);
    metrics.gangNoticed();
    underWay.put(id, new Notice(victim, beneficiary, nowMs, nowMs + graceMs, ImmutableSet.of()));
    AUDIT.info("noticed gang={} members={} for={}", id, members.size(), beneficiary);
  }

  /** The wall clock was set, ahead by so many milliseconds; no grace passes by that. */
  void clockSet(long byMs) {
    underWay.replaceAll(
        (id, notice) ->
            new Notice(
                notice.victim,
                notice.beneficiary,
                notice.noticedMs + byMs,
                notice.killedMs + byMs,
                notice.surplus));
  }

  /** Tells an elastic gang to go on without some members; as {@link #notice}. */
  void noticeSurplus(
      GangId id, Eviction.Shrink shrink, GangId beneficiary, long graceMs, long nowMs) {
    GangState victim = scheduler.gangs().gang(id);
    if (victim == null || underWay.containsKey(id)) {
      return;
    }
    List<RMContainer> members = members(victim);
    List<RMContainer> staying = new ArrayList<>(members);
    Set<ContainerId> going = new HashSet<>();
    for (Placement.Member member : shrink.members()) {
      staying.stream()
          .filter(container -> LiveMembers.member(container).equals(member))
          .findFirst()
          .ifPresent(
              container -> {
                staying.remove(container);
                going.add(container.getContainerId());
              });
    }
    if (going.isEmpty()) {
      return;
    }
    victim.notice(ImmutableSet.copyOf(going));
    members.forEach(this::signal);
    metrics.gangNoticed();
    underWay.put(id, new Notice(victim, beneficiary, nowMs, nowMs + graceMs, victim.noticed()));
    AUDIT.info("noticed surplus of gang={} members={} for={}", id, going.size(), beneficiary);
  }

  /**
   * Kills what has had its grace, forgets what is gone, and calls off what nobody waits for any
   * more.
   *
   * @param waiting gangs for which GPUs are still wanted
   */
  void advance(Set<GangId> waiting, long nowMs) {
    for (Iterator<Notice> each = underWay.values().iterator(); each.hasNext(); ) {
      Notice notice = each.next();
      GangState victim = notice.victim;
      List<RMContainer> members = members(victim).stream().filter(notice::concerns).toList();
      if (members.isEmpty()) {
        gone(notice, nowMs);
        each.remove();
      } else if (notice.isDue(members, nowMs)) {
        kill(notice, members);
        gone(notice, nowMs);
        each.remove();
      } else if (!waiting.contains(notice.beneficiary)) {
        victim.notice(ImmutableSet.of());
        AUDIT.info("called off the eviction of gang={}: nobody waits for it", victim.id);
        each.remove();
      }
    }
  }

  /** When the next grace ends that has not yet; empty if none is under way. */
  OptionalLong nextKillMs(long nowMs) {
    return underWay.values().stream()
        .mapToLong(Notice::killedMs)
        .filter(killedMs -> killedMs > nowMs)
        .min();
  }

  private void gone(Notice notice, long nowMs) {
    if (scheduler.gangs().gang(notice.victim.id) == null) {
      return; // it has ended, and waits for nothing
    }
    if (!notice.surplus.isEmpty()) {
      notice.victim.notice(ImmutableSet.of());
      AUDIT.info(
          "shrank gang={} by={} for={} after={} ms",
          notice.victim.id,
          notice.surplus.size(),
          notice.beneficiary,
          nowMs - notice.noticedMs);
      return;
    }
    notice.victim.evicted(nowMs);
    metrics.gangEvicted();
    scheduler.gangs().countEviction(notice.victim.attempt.getApplicationId());
    AUDIT.info(
        "evicted gang={} for={} after={} ms",
        notice.victim.id,
        notice.beneficiary,
        nowMs - notice.noticedMs);
  }

  private void kill(Notice notice, List<RMContainer> members) {
    String why = "evicted for %s, which comes first".formatted(notice.beneficiary);
    scheduler.committingLock().lock();
    try {
      for (RMContainer member : members) {
        scheduler.completedContainer(
            member,
            SchedulerUtils.createPreemptedContainerStatus(member.getContainerId(), why),
            RMContainerEventType.KILL);
      }
    } finally {
      scheduler.committingLock().unlock();
    }
    LOG.info("Killed {} members of {} after their grace", members.size(), notice.victim.id);
  }

  private void signal(RMContainer member) {
    scheduler
        .getRMContext()
        .getDispatcher()
        .getEventHandler()
        .handle(
            new RMNodeSignalContainerEvent(
                member.getAllocatedNode(),
                SignalContainerRequest.newInstance(
                    member.getContainerId(), SignalContainerCommand.GRACEFUL_SHUTDOWN)));
  }

  private List<RMContainer> members(GangState gang) {
    FiCaSchedulerApp app = scheduler.getApplicationAttempt(gang.attempt);
    if (app == null || !app.getApplicationAttemptId().equals(gang.attempt)) {
      return new ArrayList<>();
    }
    return LiveMembers.containers(app, LiveMembers.appMaster(gang, scheduler.getRMContext()));
  }
}
