package org.yarngpu.rm;

import com.google.common.collect.ImmutableSet;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.yarn.api.protocolrecords.SignalContainerRequest;
import org.apache.hadoop.yarn.api.records.ApplicationId;
import org.apache.hadoop.yarn.api.records.ContainerId;
import org.apache.hadoop.yarn.api.records.SignalContainerCommand;
import org.apache.hadoop.yarn.server.resourcemanager.rmapp.attempt.RMAppAttempt;
import org.apache.hadoop.yarn.server.resourcemanager.rmcontainer.RMContainer;
import org.apache.hadoop.yarn.server.resourcemanager.rmcontainer.RMContainerEventType;
import org.apache.hadoop.yarn.server.resourcemanager.rmnode.RMNodeSignalContainerEvent;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.SchedulerUtils;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.common.fica.FiCaSchedulerApp;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.yarngpu.model.GangId;

/**
 * Evictions under way: notice, grace, kill. The application master is told by the preemption
 * contract and each member by SIGTERM, so that they can write a checkpoint; what still lives after
 * the grace is killed, the whole gang at once.
 *
 * <p>The loop's own. A ResourceManager that restarts has forgotten them: they are planned again,
 * with a new notice.
 */
final class Evictions {
  private static final Logger LOG = LoggerFactory.getLogger(Evictions.class);
  private static final Logger AUDIT = LoggerFactory.getLogger("org.yarngpu.audit");

  private final GpuScheduler scheduler;
  private final Map<GangId, Eviction> underWay = new LinkedHashMap<>();

  /** How often each application was evicted; of live ones. */
  private final Map<ApplicationId, Integer> counts = new HashMap<>();

  /** A gang that is told to go. */
  private record Eviction(GangState victim, GangId beneficiary, long noticedMs) {}

  Evictions(GpuScheduler scheduler) {
    this.scheduler = scheduler;
  }

  /** Gangs that have been told to go and still hold GPUs. */
  ImmutableSet<GangId> victims() {
    return ImmutableSet.copyOf(underWay.keySet());
  }

  int count(ApplicationId application) {
    return counts.getOrDefault(application, 0);
  }

  /** Tells a gang to go; nothing happens if it has ended or knows already. */
  void notice(GangId id, GangId beneficiary, long nowMs) {
    GangState victim = scheduler.gangs().gang(id);
    if (victim == null || underWay.containsKey(id)) {
      return;
    }
    List<RMContainer> members = members(victim);
    victim.notice(
        members.stream().map(RMContainer::getContainerId).collect(ImmutableSet.toImmutableSet()));
    members.forEach(this::signal);
    underWay.put(id, new Eviction(victim, beneficiary, nowMs));
    AUDIT.info("noticed gang={} members={} for={}", id, members.size(), beneficiary);
  }

  /**
   * Kills what has had its grace, forgets what is gone, and calls off what nobody waits for any
   * more.
   *
   * @param waiting gangs that wait
   */
  void advance(ImmutableSet<GangId> waiting, long graceMs, long nowMs) {
    for (Iterator<Eviction> each = underWay.values().iterator(); each.hasNext(); ) {
      Eviction eviction = each.next();
      GangState victim = eviction.victim;
      List<RMContainer> members = members(victim);
      if (members.isEmpty()) {
        gone(eviction, nowMs);
        each.remove();
      } else if (nowMs - eviction.noticedMs >= graceMs) {
        kill(eviction, members);
        gone(eviction, nowMs);
        each.remove();
      } else if (!waiting.contains(eviction.beneficiary)) {
        victim.notice(ImmutableSet.of());
        AUDIT.info("called off the eviction of gang={}: nobody waits for it", victim.id);
        each.remove();
      }
    }
    counts.keySet().removeIf(id -> !scheduler.getRMContext().getRMApps().containsKey(id));
  }

  private void gone(Eviction eviction, long nowMs) {
    eviction.victim.evicted(nowMs);
    counts.merge(eviction.victim.attempt.getApplicationId(), 1, Integer::sum);
    AUDIT.info(
        "evicted gang={} for={} after={} ms",
        eviction.victim.id,
        eviction.beneficiary,
        nowMs - eviction.noticedMs);
  }

  private void kill(Eviction eviction, List<RMContainer> members) {
    String why = "evicted for %s, which comes first".formatted(eviction.beneficiary);
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
    LOG.info("Killed {} members of {} after their grace", members.size(), eviction.victim.id);
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
    return LiveMembers.containers(app, appMaster(gang));
  }

  private @Nullable ContainerId appMaster(GangState gang) {
    var app = scheduler.getRMContext().getRMApps().get(gang.attempt.getApplicationId());
    RMAppAttempt attempt = app == null ? null : app.getRMAppAttempt(gang.attempt);
    return attempt == null || attempt.getMasterContainer() == null
        ? null
        : attempt.getMasterContainer().getId();
  }
}
