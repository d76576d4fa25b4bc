package org.yarngpu.sim.rm;

import static com.google.common.base.Preconditions.checkState;
import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.yarn.api.records.ApplicationAttemptId;
import org.apache.hadoop.yarn.api.records.ApplicationId;
import org.apache.hadoop.yarn.api.records.ApplicationSubmissionContext;
import org.apache.hadoop.yarn.api.records.Container;
import org.apache.hadoop.yarn.api.records.ContainerExitStatus;
import org.apache.hadoop.yarn.api.records.ContainerId;
import org.apache.hadoop.yarn.api.records.FinalApplicationStatus;
import org.apache.hadoop.yarn.api.records.Priority;
import org.apache.hadoop.yarn.api.records.Resource;
import org.apache.hadoop.yarn.api.records.ResourceInformation;
import org.apache.hadoop.yarn.api.records.ResourceRequest;
import org.apache.hadoop.yarn.server.resourcemanager.placement.ApplicationPlacementContext;
import org.apache.hadoop.yarn.server.resourcemanager.rmapp.RMApp;
import org.apache.hadoop.yarn.server.resourcemanager.rmapp.RMAppState;
import org.apache.hadoop.yarn.server.resourcemanager.rmapp.attempt.RMAppAttempt;
import org.apache.hadoop.yarn.server.resourcemanager.rmapp.attempt.RMAppAttemptMetrics;
import org.apache.hadoop.yarn.server.resourcemanager.rmapp.attempt.RMAppAttemptState;
import org.apache.hadoop.yarn.server.resourcemanager.rmcontainer.RMContainer;
import org.apache.hadoop.yarn.server.resourcemanager.rmcontainer.RMContainerImpl;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.event.AppAddedSchedulerEvent;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.event.AppAttemptAddedSchedulerEvent;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.event.AppAttemptRemovedSchedulerEvent;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.event.AppRemovedSchedulerEvent;
import org.jspecify.annotations.Nullable;
import org.yarngpu.job.DeclarationName;
import org.yarngpu.sim.Job;
import org.yarngpu.sim.JobRecord;

/**
 * A job as an application, with an application master as users have them today.
 *
 * <p>The master asks for all members at once and holds what it gets. Once the gang is whole it
 * computes. If it has held a part for {@code partialHoldMs}, it lets go of everything, pauses
 * ({@link RetryPause}) and asks again. If a member is lost while the gang is incomplete, it asks
 * for another; if one is lost later, it lets go of the rest and asks for all again at once. If its
 * own node is lost, the next attempt starts from nothing. It declares its gang; stock schedulers do
 * not look at that.
 */
final class VirtualApp {
  private static final int MASTER_PRIORITY = 0;
  private static final int MEMBER_PRIORITY = 1;

  /** What the job's application is at. */
  enum Phase {
    NEW,
    /** The master's container is asked for. */
    SCHEDULED,
    /** The master starts, or pauses. */
    SILENT,
    /** The members are asked for. */
    ASKING,
    /** The gang is whole. */
    WHOLE,
    /** All is done; nodes have still to report it. */
    ENDING,
    GONE
  }

  private record Member(Container container, VirtualNode node, long sinceMs) {}

  private final Job job;
  private final int number;
  private final String queue;
  private final VirtualWorld world;
  private final JobAccounts accounts;
  private final ApplicationId id;
  private final RMApp face;
  private final ApplicationSubmissionContext submission;
  private final List<Member> members = new ArrayList<>();

  private Phase phase = Phase.NEW;

  /** Counts on whenever timers that are set become void. */
  private int step;

  private int retries;
  private int attempts;
  private @Nullable ApplicationAttemptId attempt;
  private @Nullable RMAppAttempt attemptFace;
  private @Nullable Container master;
  private int unplacedMasters;
  private int unplacedMembers;

  /**
   * @param number of the job in its workload
   * @param queue path of its leaf
   */
  VirtualApp(Job job, int number, String queue, VirtualWorld world) {
    this.job = job;
    this.number = number;
    this.queue = queue;
    this.world = world;
    this.accounts = new JobAccounts(job, world.conditions());
    this.id = ApplicationId.newInstance(VirtualClock.BASE_MS, number + 1);
    this.submission =
        ApplicationSubmissionContext.newInstance(
            id,
            job.id(),
            queue,
            Priority.newInstance(job.priority()),
            null,
            false,
            false,
            Integer.MAX_VALUE,
            masterSize(),
            "GPU");
    Map<String, String> environment = new HashMap<>();
    environment.put(DeclarationName.GANG.env(), Integer.toString(job.members()));
    job.estimateMs()
        .ifPresent(
            estimateMs ->
                environment.put(
                    DeclarationName.RUNTIME.env(),
                    Long.toString(Math.max(1, estimateMs / 1000)) + "s"));
    this.face =
        new StandIn(id.toString())
            .with("getApplicationId", id)
            .with("getUser", user())
            .with("getQueue", queue)
            .with("getName", job.group())
            .with("getFinalApplicationStatus", FinalApplicationStatus.SUCCEEDED)
            .with("getSubmitTime", VirtualClock.BASE_MS + job.submitMs())
            .with("getStartTime", VirtualClock.BASE_MS + job.submitMs())
            .with("getApplicationSubmissionContext", submission)
            .with("getApplicationSchedulingEnvs", environment)
            .with("getApplicationPriority", submission.getPriority())
            .with("getAMResourceRequests", List.of(masterRequest()))
            .with("getCurrentAppAttempt", arguments -> attemptFace)
            .with("getRMAppAttempt", arguments -> attemptOf(arguments))
            .as(RMApp.class);
  }

  private @Nullable RMAppAttempt attemptOf(Object @Nullable [] arguments) {
    return arguments != null && arguments[0].equals(attempt) ? attemptFace : null;
  }

  ApplicationId id() {
    return id;
  }

  Job job() {
    return job;
  }

  Phase phase() {
    return phase;
  }

  int step() {
    return step;
  }

  JobRecord record() {
    return accounts.record();
  }

  /** Adds the GPUs that it holds on each node. */
  void addHeld(int[] heldByIndex) {
    members.forEach(member -> heldByIndex[member.node.index()] += job.gpusPerMember());
  }

  int heldMembers() {
    return members.size();
  }

  void submit() {
    world.ledger().submitted();
    world.rm().context().getRMApps().put(id, face);
    phase = Phase.SCHEDULED;
    world
        .rm()
        .handle(
            new AppAddedSchedulerEvent(
                id,
                queue,
                user(),
                false,
                null,
                submission.getPriority(),
                new ApplicationPlacementContext(queue)));
    if (phase == Phase.SCHEDULED) {
      addAttempt();
    }
  }

  private void addAttempt() {
    attempts++;
    ApplicationAttemptId next = ApplicationAttemptId.newInstance(id, attempts);
    attempt = next;
    attemptFace =
        new StandIn(next.toString())
            .with("getAppAttemptId", next)
            .with("getSubmissionContext", submission)
            .with("getStartTime", VirtualClock.BASE_MS + world.nowMs())
            .with("getMasterContainer", arguments -> master)
            .with("getRMAppAttemptMetrics", new RMAppAttemptMetrics(next, world.rm().context()))
            .with("getAppAttemptState", arguments -> attemptState())
            .with("getState", arguments -> attemptState())
            .as(RMAppAttempt.class);
    phase = Phase.SCHEDULED;
    world.rm().handle(new AppAttemptAddedSchedulerEvent(next, false));
    unplaced(1, 0);
    world.rm().allocate(next, List.of(masterRequest()), List.of());
  }

  private RMAppAttemptState attemptState() {
    return phase == Phase.SCHEDULED ? RMAppAttemptState.SCHEDULED : RMAppAttemptState.RUNNING;
  }

  /** The scheduler has placed a container, which the next {@link #pull} will bring. */
  void placed() {
    if (phase == Phase.SCHEDULED) {
      unplaced(Math.max(0, unplacedMasters - 1), 0);
    } else {
      unplaced(0, Math.max(0, unplacedMembers - 1));
    }
  }

  private void unplaced(int masters, int ofMembers) {
    world.demand().addMasters(masters - unplacedMasters);
    world.demand().addMembers(job.gpusPerMember(), ofMembers - unplacedMembers);
    unplacedMasters = masters;
    unplacedMembers = ofMembers;
  }

  /** The heartbeat that brings what was placed. */
  void pull() {
    if (attempt == null || phase == Phase.GONE) {
      return;
    }
    List<Container> got = world.rm().allocate(attempt, List.of(), List.of()).getContainers();
    if (phase == Phase.SCHEDULED) {
      got.forEach(this::startMaster);
    } else {
      got.forEach(this::hold);
    }
    if (phase == Phase.ASKING) {
      unplaced(0, job.members() - members.size());
    }
  }

  private void startMaster(Container container) {
    checkState(master == null, "%s has two masters", id);
    master = container;
    RMContainer booked = world.rm().scheduler().getRMContainer(container.getId());
    ((RMContainerImpl) booked).setAMContainer(true);
    world.nodes().get(container.getNodeId()).launch(container.getId(), this);
    phase = Phase.SILENT;
    step++;
    if (world.conditions().amStartMs() == 0) {
      ask();
    } else {
      askIn(world.conditions().amStartMs());
    }
  }

  private void askIn(long pauseMs) {
    world.events().add(world.nowMs() + pauseMs, VirtualEvents.Kind.ASK, number, step);
  }

  /** Asks for the whole gang. */
  void ask() {
    phase = Phase.ASKING;
    step++;
    world.rm().allocate(attempt(), List.of(memberRequest(job.members())), List.of());
    unplaced(0, job.members());
  }

  private void hold(Container container) {
    checkState(phase == Phase.ASKING, "%s gets a member while %s", id, phase);
    VirtualNode node = world.nodes().get(container.getNodeId());
    node.launch(container.getId(), this);
    world.ledger().holds(job, members.size());
    members.add(new Member(container, node, world.nowMs()));
    if (members.size() == job.members()) {
      begin();
    } else if (members.size() == 1) {
      world
          .events()
          .add(
              world.nowMs() + world.conditions().partialHoldMs(),
              VirtualEvents.Kind.LET_GO,
              number,
              step);
    }
  }

  private void begin() {
    phase = Phase.WHOLE;
    step++;
    double slowest =
        members.stream().mapToDouble(member -> member.node.spec().speed()).min().orElseThrow();
    world.ledger().began();
    world
        .events()
        .add(accounts.begin(slowest, world.nowMs()), VirtualEvents.Kind.END, number, step);
  }

  /** Gives a part of the gang back, to try again after a pause. */
  void letGo() {
    world.ledger().letGo();
    phase = Phase.SILENT;
    step++;
    List<ContainerId> released = releaseAll();
    unplaced(0, 0);
    world.rm().allocate(attempt(), List.of(memberRequest(0)), released);
    askIn(RetryPause.ms(world.conditions().seed(), number, retries));
    retries++;
  }

  private List<ContainerId> releaseAll() {
    List<ContainerId> released = new ArrayList<>();
    while (!members.isEmpty()) {
      released.add(release(members.size() - 1));
    }
    return released;
  }

  private ContainerId release(int index) {
    Member member = members.remove(index);
    accounts.release(member.sinceMs, world.nowMs());
    world
        .ledger()
        .releases(job, member.node.spec().name(), member.sinceMs, world.nowMs(), members.size());
    return member.container.getId();
  }

  /** A node is gone that ran containers of this application. */
  void loses(VirtualNode node) {
    if (phase == Phase.ENDING || phase == Phase.GONE) {
      return;
    }
    boolean masterLost = master != null && master.getNodeId().equals(node.id());
    boolean whole = phase == Phase.WHOLE;
    for (int m = members.size() - 1; m >= 0; m--) {
      if (members.get(m).node == node) {
        release(m);
      }
    }
    if (masterLost) {
      releaseAll();
      stopComputing(whole);
      restartMaster();
    } else if (whole) {
      List<ContainerId> released = releaseAll();
      stopComputing(true);
      phase = Phase.ASKING;
      step++;
      world.rm().allocate(attempt(), List.of(memberRequest(job.members())), released);
      unplaced(0, job.members());
    } else if (phase == Phase.ASKING) {
      int missing = job.members() - members.size();
      if (members.isEmpty()) {
        step++; // it holds nothing any more; the clock of its patience starts anew
      }
      world.rm().allocate(attempt(), List.of(memberRequest(missing)), List.of());
      unplaced(0, missing);
    }
  }

  private void stopComputing(boolean whole) {
    if (whole) {
      world.ledger().computed(job, accounts.fail(world.nowMs()));
    }
  }

  private void restartMaster() {
    step++;
    master = null;
    unplaced(0, 0);
    world
        .rm()
        .handle(new AppAttemptRemovedSchedulerEvent(attempt(), RMAppAttemptState.FAILED, false));
    addAttempt();
  }

  /** It is done: its containers end, and nodes report that with their next heartbeats. */
  void end() {
    phase = Phase.ENDING;
    step++;
    for (Member member : members) {
      world
          .nodes()
          .complete(member.node.id(), member.container.getId(), ContainerExitStatus.SUCCESS);
    }
    releaseAll();
    world.ledger().computed(job, accounts.end(world.nowMs()));
    world.ledger().finished();
    Container own = requireNonNull(master);
    world.nodes().complete(own.getNodeId(), own.getId(), ContainerExitStatus.SUCCESS);
  }

  /** The ResourceManager forgets it. */
  void leave() {
    phase = Phase.GONE;
    step++;
    unplaced(0, 0);
    world.ledger().gone();
    if (attempt != null) {
      world
          .rm()
          .handle(new AppAttemptRemovedSchedulerEvent(attempt, RMAppAttemptState.FINISHED, false));
    }
    world.rm().handle(new AppRemovedSchedulerEvent(id, RMAppState.FINISHED));
    world.rm().context().getRMApps().remove(id);
  }

  /** The scheduler did not take it, or ended it because it could never run. */
  void refuse() {
    phase = Phase.ENDING;
    step++;
    releaseAll();
    world.ledger().refused();
  }

  private ApplicationAttemptId attempt() {
    return requireNonNull(attempt);
  }

  private String user() {
    return job.user().isEmpty() ? "nobody" : job.user();
  }

  private static Resource masterSize() {
    return Resource.newInstance(1, 1);
  }

  private static ResourceRequest masterRequest() {
    return request(MASTER_PRIORITY, masterSize(), 1);
  }

  private ResourceRequest memberRequest(int count) {
    Resource size = Resource.newInstance(1, 1);
    size.setResourceValue(ResourceInformation.GPU_URI, job.gpusPerMember());
    return request(MEMBER_PRIORITY, size, count);
  }

  private static ResourceRequest request(int priority, Resource size, int count) {
    return ResourceRequest.newBuilder()
        .priority(Priority.newInstance(priority))
        .resourceName(ResourceRequest.ANY)
        .capability(size)
        .numContainers(count)
        .nodeLabelExpression("")
        .build();
  }
}
