package org.yarngpu.rm;

import com.google.common.base.Strings;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedSet;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.apache.hadoop.yarn.api.records.ApplicationId;
import org.apache.hadoop.yarn.api.records.SchedulingRequest;
import org.apache.hadoop.yarn.server.resourcemanager.rmapp.RMApp;
import org.apache.hadoop.yarn.server.resourcemanager.rmapp.RMAppEvent;
import org.apache.hadoop.yarn.server.resourcemanager.rmapp.RMAppEventType;
import org.apache.hadoop.yarn.server.resourcemanager.rmapp.attempt.RMAppAttempt;
import org.apache.hadoop.yarn.server.resourcemanager.rmapp.attempt.RMAppAttemptState;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.capacity.CSQueue;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.event.AppAddedSchedulerEvent;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.event.AppAttemptAddedSchedulerEvent;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.yarngpu.job.Contract;
import org.yarngpu.job.Declaration;
import org.yarngpu.job.DeclarationException;
import org.yarngpu.model.Ask;
import org.yarngpu.model.AskKey;
import org.yarngpu.model.Gang;
import org.yarngpu.model.GangId;
import org.yarngpu.model.Locality;
import org.yarngpu.model.Reason;
import org.yarngpu.model.Rejection;
import org.yarngpu.model.Resources;
import org.yarngpu.planner.Feasibility;

/** Reads what jobs declare, refuses what can never run, and opens a gang for each attempt. */
final class Submissions {
  private static final Logger LOG = LoggerFactory.getLogger(Submissions.class);

  /** YARN copies this into the attempt's bookkeeping, where it names the allocator class. */
  private static final String ALLOCATOR_KEY = "APPLICATION_PLACEMENT_TYPE_CLASS";

  /** States of an attempt in which only the ResourceManager itself has asked, for the AM. */
  private static final ImmutableSet<RMAppAttemptState> BEFORE_APP_MASTER =
      ImmutableSet.of(
          RMAppAttemptState.NEW,
          RMAppAttemptState.SUBMITTED,
          RMAppAttemptState.SCHEDULED,
          RMAppAttemptState.ALLOCATED_SAVING,
          RMAppAttemptState.ALLOCATED);

  private final GpuScheduler scheduler;
  private final SnapshotBuilder snapshots;

  Submissions(GpuScheduler scheduler, SnapshotBuilder snapshots) {
    this.scheduler = scheduler;
    this.snapshots = snapshots;
  }

  /** Whether a new application was refused; it has then been told. */
  boolean refused(AppAddedSchedulerEvent event) {
    RMApp app = scheduler.getRMContext().getRMApps().get(event.getApplicationId());
    if (app == null || event.getIsAppRecovering() || !YarnResources.gpusAreRegistered()) {
      return false;
    }
    CSQueue queue = scheduler.getQueue(queueOf(event));
    try {
      Declaration declaration = declaration(app, queue == null ? "" : queue.getQueuePath());
      if (declaration.gang().isEmpty() || queue == null || !scheduler.settled()) {
        return false;
      }
      return never(event.getApplicationId(), declaration, app, queue)
          .map(rejection -> refuse(app, rejection.toString()))
          .orElse(false);
    } catch (DeclarationException e) {
      return refuse(app, Strings.nullToEmpty(e.getMessage()));
    }
  }

  /** Opens the gang of a new attempt, before YARN builds its own books of it. */
  void open(AppAttemptAddedSchedulerEvent event) {
    ApplicationId id = event.getApplicationAttemptId().getApplicationId();
    RMApp app = scheduler.getRMContext().getRMApps().get(id);
    if (app == null) {
      return;
    }
    app.getApplicationSchedulingEnvs().put(ALLOCATOR_KEY, VetoPlacementAllocator.class.getName());
    RMAppAttempt attempt = app.getRMAppAttempt(event.getApplicationAttemptId());
    boolean isFirst = event.getApplicationAttemptId().getAttemptId() == 1;
    boolean inherits =
        event.getIsAttemptRecovering() || event.getTransferStateFromPreviousAttempt();
    GangState gang =
        new GangState(
            event.getApplicationAttemptId(),
            declarationOrNone(app),
            isFirst || attempt == null ? app.getSubmitTime() : attempt.getStartTime(),
            !inherits,
            !app.getApplicationSubmissionContext().getUnmanagedAM());
    if (inherits) {
      gang.countTimeoutFrom(scheduler.getClock().getTime());
    }
    scheduler.gangs().open(gang);
  }

  /** Notes the application master's first call: from then on its asks are the planner's. */
  void noteCaller(GangState gang) {
    if (!gang.beforeAppMaster()) {
      return;
    }
    RMApp app = scheduler.getRMContext().getRMApps().get(gang.attempt.getApplicationId());
    RMAppAttempt attempt = app == null ? null : app.getRMAppAttempt(gang.attempt);
    if (attempt != null && !BEFORE_APP_MASTER.contains(attempt.getAppAttemptState())) {
      gang.appMasterAsks();
    }
  }

  /** Says in the log and in the diagnostics that a SchedulingRequest was refused. */
  void unsupported(GangState gang, SchedulingRequest request) {
    Rejection why = RefusedRequests.why(request);
    LOG.warn("{}: {}", gang.attempt, why);
    new Explanations(scheduler.getRMContext()).explain(gang, why, gang.waitingSinceMs());
  }

  private static String queueOf(AppAddedSchedulerEvent event) {
    return event.getPlacementContext() == null
        ? event.getQueue()
        : event.getPlacementContext().getFullQueuePath();
  }

  private Declaration declaration(RMApp app, String queuePath) throws DeclarationException {
    Map<String, String> environment = app.getApplicationSchedulingEnvs();
    Set<String> tags = app.getApplicationTags();
    return Contract.read(
        environment,
        tags == null ? ImmutableSet.of() : tags,
        scheduler.settings().defaultsOf(queuePath));
  }

  /** Running work is never refused: at a recovery a bad declaration counts as none. */
  private Declaration declarationOrNone(RMApp app) {
    CSQueue queue = scheduler.getQueue(app.getQueue());
    try {
      return declaration(app, queue == null ? "" : queue.getQueuePath());
    } catch (DeclarationException e) {
      LOG.warn("{} goes on as if it declared nothing: {}", app.getApplicationId(), e.getMessage());
      return Declaration.none();
    }
  }

  private Optional<Rejection> never(
      ApplicationId id, Declaration declaration, RMApp app, CSQueue queue) {
    int members = declaration.gang().orElse(1);
    int gpus = declaration.memberGpus().orElse(1);
    int maximum = YarnResources.gpus(queue.getMaximumAllocation());
    if (gpus > maximum) {
      return Optional.of(
          new Rejection(
              Reason.ABOVE_ALLOCATION_MAXIMUM,
              "a member needs %d GPUs, but queue %s allows %d per container"
                  .formatted(gpus, queue.getQueuePath(), maximum)));
    }
    String label = app.getApplicationSubmissionContext().getNodeLabelExpression();
    String partition =
        label != null
            ? label.trim()
            : Optional.ofNullable(queue.getDefaultNodeLabelExpression()).orElse("").trim();
    Gang gang =
        new Gang(
            new GangId(id.toString()),
            queue.getQueuePath(),
            app.getUser(),
            0,
            0,
            members,
            Gang.Phase.WAITING,
            ImmutableList.of(
                new Ask(
                    new AskKey(0, 0),
                    new Resources(0, 0, gpus),
                    members,
                    partition,
                    Locality.ANYWHERE)),
            ImmutableSortedSet.of(),
            Optional.empty(),
            OptionalLong.empty(),
            declaration.types(),
            Optional.empty());
    Feasibility feasibility =
        new Feasibility(snapshots.buildCluster(scheduler.getClock().getTime(), true));
    return declaration.opportunistic() && !scheduler.settings().lenders().isEmpty()
        ? feasibility.neverOnLoan(gang)
        : feasibility.never(gang);
  }

  private boolean refuse(RMApp app, String message) {
    LOG.info("Refused {}: {}", app.getApplicationId(), message);
    scheduler
        .getRMContext()
        .getDispatcher()
        .getEventHandler()
        .handle(new RMAppEvent(app.getApplicationId(), RMAppEventType.APP_REJECTED, message));
    return true;
  }
}
