package org.yarngpu.sim.rm;

import static com.google.common.base.Preconditions.checkState;
import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import org.apache.hadoop.yarn.api.records.ApplicationId;
import org.apache.hadoop.yarn.event.Event;
import org.apache.hadoop.yarn.server.resourcemanager.rmapp.RMAppEvent;
import org.apache.hadoop.yarn.server.resourcemanager.rmapp.RMAppEventType;
import org.apache.hadoop.yarn.server.resourcemanager.rmapp.attempt.RMAppAttemptEvent;
import org.apache.hadoop.yarn.server.resourcemanager.rmapp.attempt.RMAppAttemptEventType;
import org.apache.hadoop.yarn.server.resourcemanager.rmnode.RMNodeCleanContainerEvent;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.yarngpu.sim.Conditions;
import org.yarngpu.sim.GanttWindow;
import org.yarngpu.sim.Inventory;
import org.yarngpu.sim.Job;
import org.yarngpu.sim.JobRecord;
import org.yarngpu.sim.NodeSpec;
import org.yarngpu.sim.Workload;
import org.yarngpu.sim.rm.VirtualEvents.Kind;

/**
 * One run. All events of an instant happen first; then, within the same instant, heartbeats follow
 * one another until nothing moves any more.
 */
final class RealRun implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RealRun.class);

  /** Rounds of heartbeats within one instant; more would mean that containers come and go. */
  private static final int ROUNDS_MAX = 100_000;

  /** Pause after which nodes beat although nothing happened; doubles up to the longest. */
  private static final long IDLE_BEAT_MIN_MS = 1_000;

  private static final long IDLE_BEAT_MAX_MS = 64_000;

  /** The run ends if for so long nothing computes and nobody begins to. */
  private static final long STUCK_MS = 86_400_000;

  /** The run also ends if so many parts of gangs in a row, and for that long, are held in vain. */
  private static final int LET_GO_IN_VAIN_MAX = 10_000;

  private final Conditions conditions;
  private final Workload workload;
  private final VirtualClock clock = new VirtualClock();
  private final VirtualEvents events = new VirtualEvents();
  private final Demand demand = new Demand();
  private final List<VirtualApp> apps = new ArrayList<>();
  private final Map<ApplicationId, VirtualApp> appsById = new HashMap<>();
  private final RunLedger ledger;
  private final VirtualRm rm;
  private final VirtualNodes nodes;
  private final SplittableRandom random;
  private final int memberGpusMax;

  /** To which containers were given since they last asked. */
  private final Set<VirtualApp> toPull = new LinkedHashSet<>();

  private final Set<VirtualApp> toLeave = new LinkedHashSet<>();
  private int submissions;
  private long lastProgressMs;
  private long lastWholeMs;
  private long idleBeatMs = IDLE_BEAT_MIN_MS;
  private boolean beatIsSet;

  RealRun(
      Inventory inventory,
      RealQueues queues,
      Conditions conditions,
      GanttWindow gantt,
      Workload workload,
      String schedulerClass,
      ImmutableMap<String, String> overrides) {
    this.conditions = conditions;
    this.workload = workload;
    this.random = new SplittableRandom(conditions.seed());
    this.ledger = new RunLedger(workload, gantt);
    this.memberGpusMax = inventory.nodes().stream().mapToInt(NodeSpec::gpus).max().orElseThrow();
    this.rm = new VirtualRm(schedulerClass, queues, overrides, clock, this::hears);
    boolean whole = false;
    try {
      this.nodes = new VirtualNodes(inventory, rm);
      VirtualWorld world = new VirtualWorld(rm, nodes, demand, events, clock, ledger, conditions);
      for (Job job : workload.jobs()) {
        VirtualApp app =
            new VirtualApp(job, apps.size(), queues.leafOf(job, rm.scheduler()), world);
        events.add(job.submitMs(), Kind.SUBMISSION, apps.size(), app.step());
        apps.add(app);
        appsById.put(app.id(), app);
      }
      whole = true;
    } finally {
      if (!whole) {
        rm.close();
      }
    }
    if (conditions.meanUpMs() > 0) {
      for (VirtualNode node : nodes.all()) {
        events.add(upTimeMs(), Kind.NODE_LOST, node.index(), 0);
      }
    }
  }

  private long upTimeMs() {
    return (long) Math.ceil(-Math.log(1 - random.nextDouble()) * conditions.meanUpMs());
  }

  /** What the scheduler tells the ResourceManager. */
  private void hears(Event<?> event) {
    if (event instanceof RMAppAttemptEvent ofAttempt) {
      VirtualApp app = appsById.get(ofAttempt.getApplicationAttemptId().getApplicationId());
      if (app != null && ofAttempt.getType() == RMAppAttemptEventType.CONTAINER_ALLOCATED) {
        app.placed();
        toPull.add(app);
      }
    } else if (event instanceof RMNodeCleanContainerEvent clean) {
      nodes.clean(clean.getNodeId(), clean.getContainerId());
    } else if (event instanceof RMAppEvent ofApp) {
      VirtualApp app = appsById.get(ofApp.getApplicationId());
      if (app != null
          && (ofApp.getType() == RMAppEventType.APP_REJECTED
              || ofApp.getType() == RMAppEventType.KILL)) {
        refuse(app, ofApp.getDiagnosticMsg());
      }
    }
  }

  private void refuse(VirtualApp app, String why) {
    LOG.info("{} never runs: {}", app.job().id(), why);
    app.refuse();
    toLeave.add(app);
  }

  boolean isOver() {
    return ledger.settledJobs() == apps.size() || events.isEmpty() || isStuck() || letsGoForEver();
  }

  /** Why it ends with jobs that wait; empty if none does. */
  Optional<String> whyStopped() {
    if (ledger.settledJobs() == apps.size()) {
      return Optional.empty();
    }
    if (letsGoForEver()) {
      return Optional.of(
          "no gang has become whole since day %.1f, and application masters have let go of a part of theirs %s times since"
              .formatted(lastWholeMs / (double) STUCK_MS, ledger.letGoInVain()));
    }
    return Optional.of("nothing computes, and for a day nothing has begun to");
  }

  private boolean letsGoForEver() {
    return ledger.letGoInVain() >= LET_GO_IN_VAIN_MAX && clock.nowMs() - lastWholeMs > STUCK_MS;
  }

  private boolean isStuck() {
    return submissions == apps.size()
        && ledger.computingJobs() == 0
        && clock.nowMs() - lastProgressMs > STUCK_MS + 2 * conditions.repairMs();
  }

  /** Lets everything happen that happens at the next time that anything does. */
  void nextInstant() {
    long nowMs = events.nextTimeMs();
    ledger.advance(nowMs);
    clock.advance(nowMs);
    boolean happened = false;
    while (!events.isEmpty() && events.nextTimeMs() == nowMs) {
      happened |= happen(events.next());
    }
    int computingBefore = ledger.computingJobs();
    settle();
    if (happened || ledger.computingJobs() != computingBefore) {
      idleBeatMs = IDLE_BEAT_MIN_MS;
    }
    if (ledger.computingJobs() > 0 || submissions < apps.size()) {
      lastProgressMs = nowMs;
    }
    if (ledger.letGoInVain() == 0) {
      lastWholeMs = nowMs;
    }
    if (!demand.isNone() && !beatIsSet) {
      beatIsSet = true;
      events.add(nowMs + idleBeatMs, Kind.BEAT, 0, 0);
      idleBeatMs = Math.min(2 * idleBeatMs, IDLE_BEAT_MAX_MS);
    }
  }

  /** Returns false if the event was void, or only a beat. */
  private boolean happen(VirtualEvents.Event event) {
    switch (event.kind()) {
      case NODE_LOST -> lose(nodes.all().get(event.subject()));
      case NODE_BACK -> {
        nodes.join(nodes.all().get(event.subject()));
        events.add(clock.nowMs() + upTimeMs(), Kind.NODE_LOST, event.subject(), 0);
      }
      case BEAT -> {
        beatIsSet = false;
        return false;
      }
      case END, SUBMISSION, ASK, LET_GO -> {
        VirtualApp app = apps.get(event.subject());
        if (app.step() != event.step()) {
          return false;
        }
        goOn(app, event.kind());
      }
    }
    return true;
  }

  private void goOn(VirtualApp app, Kind kind) {
    switch (kind) {
      case SUBMISSION -> {
        submissions++;
        if (app.job().gpusPerMember() > memberGpusMax) {
          ledger.submitted();
          refuse(app, "no node has as many GPUs as one of its members needs");
        } else {
          app.submit();
        }
      }
      case ASK -> app.ask();
      case LET_GO -> app.letGo();
      case END -> {
        app.end();
        toLeave.add(app);
      }
      default -> throw new AssertionError(kind);
    }
  }

  private void lose(VirtualNode node) {
    nodes.lose(node).forEach(app -> app.loses(node));
    events.add(clock.nowMs() + conditions.repairMs(), Kind.NODE_BACK, node.index(), 0);
  }

  /**
   * Heartbeats of nodes and application masters, until nothing moves; then one cycle of the
   * planner, if there is one, and what follows from it.
   */
  private void settle() {
    heartbeats();
    if (rm.plans() && demand.members() > 0) {
      rm.cycle();
      heartbeats();
    }
  }

  private void heartbeats() {
    int rounds = 0;
    do {
      rounds++;
      checkState(rounds < ROUNDS_MAX, "containers come and go for ever at %s", clock.nowMs());
      nodes.beatWithNews();
      drain(toLeave).forEach(VirtualApp::leave);
      if (!demand.isNone()) {
        rm.prepareBeats();
        nodes.beatWithRoom(demand);
      }
    } while (pull() || nodes.haveNews() || !toLeave.isEmpty());
  }

  private boolean pull() {
    List<VirtualApp> pulling = drain(toPull);
    pulling.forEach(VirtualApp::pull);
    return !pulling.isEmpty();
  }

  private static List<VirtualApp> drain(Set<VirtualApp> waiting) {
    List<VirtualApp> drained = List.copyOf(waiting);
    waiting.clear();
    return drained;
  }

  /**
   * What must hold between instants: each GPU is free, held by one job or on a node that is away,
   * by the scheduler's own books; jobs that compute are whole; no job is lost.
   *
   * @throws IllegalStateException if one does not
   */
  void checkInvariants() {
    int[] held = new int[nodes.all().size()];
    int gone = 0;
    int computing = 0;
    for (VirtualApp app : apps) {
      app.addHeld(held);
      boolean whole = app.heldMembers() == app.job().members();
      checkState(
          whole == (app.phase() == VirtualApp.Phase.WHOLE),
          "job %s holds %s of %s members while %s",
          app.job().id(),
          app.heldMembers(),
          app.job().members(),
          app.phase());
      gone += app.phase() == VirtualApp.Phase.GONE ? 1 : 0;
      computing += whole ? 1 : 0;
    }
    nodes.checkBooks(held);
    int inAll = 0;
    for (int gpus : held) {
      inAll += gpus;
    }
    checkState(inAll == ledger.gpusHeld(), "%s GPUs are held, %s booked", inAll, ledger.gpusHeld());
    checkState(
        gone == ledger.settledJobs() && computing == ledger.computingJobs(),
        "%s jobs are gone, %s booked; %s compute, %s booked",
        gone,
        ledger.settledJobs(),
        computing,
        ledger.computingJobs());
  }

  long nowMs() {
    return clock.nowMs();
  }

  int jobs() {
    return workload.jobs().size();
  }

  RunLedger ledger() {
    return ledger;
  }

  /** Calls of the scheduler. */
  long calls() {
    return rm.calls();
  }

  ImmutableList<JobRecord> records() {
    return apps.stream().map(VirtualApp::record).collect(toImmutableList());
  }

  @Override
  public void close() {
    rm.close();
  }
}
