package org.yarngpu.testing;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivilegedExceptionAction;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.security.UserGroupInformation;
import org.apache.hadoop.security.token.Token;
import org.apache.hadoop.yarn.api.ApplicationMasterProtocol;
import org.apache.hadoop.yarn.api.protocolrecords.AllocateRequest;
import org.apache.hadoop.yarn.api.protocolrecords.AllocateResponse;
import org.apache.hadoop.yarn.api.protocolrecords.FinishApplicationMasterRequest;
import org.apache.hadoop.yarn.api.protocolrecords.RegisterApplicationMasterRequest;
import org.apache.hadoop.yarn.api.protocolrecords.RegisterApplicationMasterResponse;
import org.apache.hadoop.yarn.api.records.ApplicationAttemptId;
import org.apache.hadoop.yarn.api.records.ApplicationId;
import org.apache.hadoop.yarn.api.records.ApplicationSubmissionContext;
import org.apache.hadoop.yarn.api.records.Container;
import org.apache.hadoop.yarn.api.records.ContainerId;
import org.apache.hadoop.yarn.api.records.ContainerLaunchContext;
import org.apache.hadoop.yarn.api.records.ContainerStatus;
import org.apache.hadoop.yarn.api.records.ExecutionType;
import org.apache.hadoop.yarn.api.records.ExecutionTypeRequest;
import org.apache.hadoop.yarn.api.records.FinalApplicationStatus;
import org.apache.hadoop.yarn.api.records.NMToken;
import org.apache.hadoop.yarn.api.records.NodeId;
import org.apache.hadoop.yarn.api.records.Priority;
import org.apache.hadoop.yarn.api.records.RejectedSchedulingRequest;
import org.apache.hadoop.yarn.api.records.Resource;
import org.apache.hadoop.yarn.api.records.ResourceBlacklistRequest;
import org.apache.hadoop.yarn.api.records.ResourceRequest;
import org.apache.hadoop.yarn.api.records.SchedulingRequest;
import org.apache.hadoop.yarn.client.ClientRMProxy;
import org.apache.hadoop.yarn.client.api.NMClient;
import org.apache.hadoop.yarn.client.api.NMTokenCache;
import org.apache.hadoop.yarn.exceptions.ApplicationMasterNotRegisteredException;
import org.apache.hadoop.yarn.exceptions.YarnException;
import org.apache.hadoop.yarn.security.AMRMTokenIdentifier;
import org.apache.hadoop.yarn.server.resourcemanager.rmapp.RMApp;
import org.apache.hadoop.yarn.server.resourcemanager.rmapp.attempt.RMAppAttempt;
import org.apache.hadoop.yarn.server.resourcemanager.rmapp.attempt.RMAppAttemptState;

/**
 * An application master played by the test: one call of {@link #beat} is one heartbeat, so that
 * "all members in one heartbeat" can be seen.
 *
 * <p>Unmanaged by default, without a container of its own; {@link Submission#managed} gives it one,
 * in which nothing but a sleep runs, and so a second attempt. Used by one thread at a time.
 */
public final class TestAm {
  private static final Duration START_LIMIT = Duration.ofSeconds(30);
  private static final int MEMBER_MEMORY_MIB = 64;

  private final LocalYarn yarn;
  private final ApplicationId id;
  private final ApplicationAttemptId attempt;
  private final UserGroupInformation caller;
  private final ApplicationMasterProtocol rm;

  /** Absolute counts still outstanding. */
  private final Map<AskKey, Integer> outstanding = new TreeMap<>();

  private final Map<AskKey, ResourceRequest> rows = new HashMap<>();

  /** As YARN's own clients have it: the scheduler may choose. */
  private ExecutionTypeRequest execution = ExecutionTypeRequest.newInstance();

  private final Set<AskKey> changed = new HashSet<>();
  private final List<SchedulingRequest> schedulingRequests = new ArrayList<>();
  private final List<ContainerId> releases = new ArrayList<>();
  private final List<String> blacklistAdditions = new ArrayList<>();
  private final List<String> blacklistRemovals = new ArrayList<>();
  private final Map<ContainerId, Container> held = new LinkedHashMap<>();
  private final List<ContainerStatus> completed = new ArrayList<>();
  private final List<RejectedSchedulingRequest> rejected = new ArrayList<>();
  private final List<Integer> deliveries = new ArrayList<>();
  private final List<Container> inherited;
  private final NMTokenCache nodeTokens = new NMTokenCache();
  private int responseId;

  /** Which ask a count belongs to. */
  private record AskKey(int priority, String resourceName, Resource size)
      implements Comparable<AskKey> {
    @Override
    public int compareTo(AskKey other) {
      int byPriority = Integer.compare(priority, other.priority);
      int byName = byPriority != 0 ? byPriority : resourceName.compareTo(other.resourceName);
      return byName != 0 ? byName : size.toString().compareTo(other.size.toString());
    }
  }

  private TestAm(LocalYarn yarn, ApplicationAttemptId attempt, RMAppAttempt rmAttempt) {
    this.yarn = yarn;
    this.id = attempt.getApplicationId();
    this.attempt = attempt;
    Configuration conf = new Configuration(yarn.conf());
    this.caller = UserGroupInformation.createRemoteUser(attempt.toString());
    Token<AMRMTokenIdentifier> token = rmAttempt.getAMRMToken();
    token.setService(ClientRMProxy.getAMRMTokenService(conf));
    caller.addToken(token);
    this.rm = as(caller, () -> ClientRMProxy.createRMProxy(conf, ApplicationMasterProtocol.class));
    this.inherited = registerAgain();
    inherited.forEach(container -> held.put(container.getId(), container));
  }

  /** A job to be submitted; ends in {@link Submission#register} or {@link Submission#refused}. */
  public static Submission on(LocalYarn yarn) {
    return new Submission(yarn);
  }

  /** What a job says at its submission. */
  public static final class Submission {
    private final LocalYarn yarn;
    private String name = "test";
    private String queue = "root.a";
    private String user = "";
    private int priority;
    private final Map<String, String> properties = new HashMap<>();
    private final Set<String> tags = new HashSet<>();
    private String label = "";
    private boolean managed;
    private Resource appMasterSize = size(MEMBER_MEMORY_MIB, 1, 0);
    private boolean keepsContainers;

    private Submission(LocalYarn yarn) {
      this.yarn = yarn;
    }

    /** Of the application. */
    public Submission name(String text) {
      name = text;
      return this;
    }

    public Submission queue(String path) {
      queue = path;
      return this;
    }

    public Submission user(String name) {
      user = name;
      return this;
    }

    public Submission priority(int value) {
      priority = value;
      return this;
    }

    /** A scheduling property, such as {@code GPU_GANG}. */
    public Submission property(String name, String value) {
      properties.put(name, value);
      return this;
    }

    /** Declares a gang of members that must start together. */
    public Submission gang(int members) {
      return property("GPU_GANG", Integer.toString(members));
    }

    public Submission tag(String tag) {
      tags.add(tag);
      return this;
    }

    public Submission label(String expression) {
      label = expression;
      return this;
    }

    /** With a container for the application master, and a second attempt should it fail. */
    public Submission managed() {
      managed = true;
      return this;
    }

    public Submission managed(Resource size) {
      appMasterSize = size;
      return managed();
    }

    /** Members outlive a failed attempt. */
    public Submission keepingContainers() {
      keepsContainers = true;
      return managed();
    }

    /** Submits the job. */
    public ApplicationId submit() throws YarnException, IOException {
      var client = user.isEmpty() ? yarn.yarnClient() : yarn.yarnClient(user);
      ApplicationSubmissionContext context =
          client.createApplication().getApplicationSubmissionContext();
      context.setApplicationName(name);
      context.setQueue(queue);
      context.setPriority(Priority.newInstance(priority));
      context.setUnmanagedAM(!managed);
      context.setAMContainerSpec(
          ContainerLaunchContext.newInstance(
              Map.of(), Map.of(), List.of("exec sleep 600"), null, null, null));
      context.setResource(appMasterSize);
      context.setApplicationTags(tags);
      context.setApplicationSchedulingPropertiesMap(properties);
      context.setKeepContainersAcrossApplicationAttempts(keepsContainers);
      context.setMaxAppAttempts(2);
      if (!label.isEmpty()) {
        context.setNodeLabelExpression(label);
      }
      client.submitApplication(context);
      return context.getApplicationId();
    }

    /** Submits the job and registers its application master. */
    public TestAm register() {
      try {
        return attach(yarn, submit(), 1);
      } catch (YarnException | IOException e) {
        throw new AssertionError(e);
      }
    }

    /** Submits the job and returns why it was refused. */
    public String refused() {
      try {
        ApplicationId id = submit();
        throw new AssertionError(id + " was accepted");
      } catch (YarnException e) {
        return String.valueOf(e.getMessage());
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }
  }

  /** Plays an attempt's application master, once the attempt is launched. */
  public static TestAm attach(LocalYarn yarn, ApplicationId id, int attemptNumber) {
    ApplicationAttemptId attempt = ApplicationAttemptId.newInstance(id, attemptNumber);
    Eventually.await(
        START_LIMIT,
        () -> attempt + " is launched; " + yarn.report(id),
        () -> {
          RMAppAttempt rmAttempt = rmAttempt(yarn, attempt);
          return rmAttempt != null
              && rmAttempt.getAppAttemptState() == RMAppAttemptState.LAUNCHED
              && rmAttempt.getAMRMToken() != null;
        });
    return new TestAm(yarn, attempt, rmAttempt(yarn, attempt));
  }

  private static RMAppAttempt rmAttempt(LocalYarn yarn, ApplicationAttemptId attempt) {
    RMApp app = yarn.rm().getRMContext().getRMApps().get(attempt.getApplicationId());
    return app == null ? null : app.getRMAppAttempt(attempt);
  }

  public ApplicationId id() {
    return id;
  }

  public ApplicationAttemptId attempt() {
    return attempt;
  }

  /** Asks for members with one GPU each; the count is absolute. */
  public TestAm ask(int count) {
    return ask(1, count, MEMBER_MEMORY_MIB, 1, 1);
  }

  /** Asks; the count replaces that of an earlier ask of the same priority and size. */
  public TestAm ask(int priority, int count, int memoryMib, int vcores, int gpus) {
    return ask(priority, count, size(memoryMib, vcores, gpus), ResourceRequest.ANY, "");
  }

  /** Asks for members with one GPU each that run on lent GPUs. */
  public TestAm askToBorrow(int count) {
    execution = ExecutionTypeRequest.newInstance(ExecutionType.OPPORTUNISTIC, true);
    return ask(count);
  }

  /** Asks for members with one GPU each that run on lent GPUs by no means. */
  public TestAm askToOwn(int count) {
    execution = ExecutionTypeRequest.newInstance(ExecutionType.GUARANTEED, true);
    return ask(count);
  }

  /** Asks under a node label. */
  public TestAm askUnder(String label, int count) {
    return ask(1, count, size(MEMBER_MEMORY_MIB, 1, 1), ResourceRequest.ANY, label);
  }

  private TestAm ask(int priority, int count, Resource size, String resourceName, String label) {
    AskKey key = new AskKey(priority, resourceName, size);
    outstanding.put(key, count);
    ResourceRequest row =
        ResourceRequest.newInstance(
            Priority.newInstance(priority), resourceName, size, count, true);
    row.setExecutionTypeRequest(execution);
    if (!label.isEmpty()) {
      row.setNodeLabelExpression(label);
    }
    rows.put(key, row);
    changed.add(key);
    return this;
  }

  public TestAm ask(SchedulingRequest request) {
    schedulingRequests.add(request);
    return this;
  }

  /** Gives containers back with the next beat. */
  public TestAm release(Collection<ContainerId> containers) {
    releases.addAll(containers);
    held.keySet().removeAll(containers);
    return this;
  }

  /** Gives back the members that came first. */
  public TestAm release(int count) {
    return release(List.copyOf(held.keySet()).subList(0, count));
  }

  public TestAm releaseAll() {
    return release(List.copyOf(held.keySet()));
  }

  /** Wants no container on the node from the next beat on. */
  public TestAm exclude(String node) {
    blacklistAdditions.add(node);
    return this;
  }

  public TestAm include(String node) {
    blacklistRemovals.add(node);
    return this;
  }

  /** One heartbeat; returns the containers that came with it. */
  public List<Container> beat() {
    AllocateResponse response = allocate();
    responseId = response.getResponseId();
    for (NMToken token : response.getNMTokens()) {
      nodeTokens.setToken(token.getNodeId().toString(), token.getToken());
    }
    List<Container> received = response.getAllocatedContainers();
    for (Container container : received) {
      held.put(container.getId(), container);
      AskKey key =
          new AskKey(
              container.getPriority().getPriority(), ResourceRequest.ANY, container.getResource());
      outstanding.computeIfPresent(key, (asked, count) -> Math.max(0, count - 1));
    }
    for (ContainerStatus status : response.getCompletedContainersStatuses()) {
      completed.add(status);
      held.remove(status.getContainerId());
    }
    if (response.getRejectedSchedulingRequests() != null) {
      rejected.addAll(response.getRejectedSchedulingRequests());
    }
    if (!received.isEmpty()) {
      deliveries.add(received.size());
    }
    return received;
  }

  private AllocateResponse allocate() {
    List<ResourceRequest> asks = new ArrayList<>();
    for (AskKey key : changed) {
      ResourceRequest row = ResourceRequest.clone(rows.get(key));
      row.setNumContainers(outstanding.get(key));
      asks.add(row);
    }
    AllocateRequest request =
        AllocateRequest.newBuilder()
            .responseId(responseId)
            .progress(0)
            .askList(asks)
            .releaseList(ImmutableList.copyOf(releases))
            .resourceBlacklistRequest(
                ResourceBlacklistRequest.newInstance(
                    List.copyOf(blacklistAdditions), List.copyOf(blacklistRemovals)))
            .schedulingRequests(List.copyOf(schedulingRequests))
            .build();
    AllocateResponse response;
    try {
      response = as(caller, () -> rm.allocate(request));
    } catch (NotRegistered e) {
      registerAgain();
      changed.addAll(rows.keySet());
      return allocate();
    }
    changed.clear();
    releases.clear();
    blacklistAdditions.clear();
    blacklistRemovals.clear();
    schedulingRequests.clear();
    return response;
  }

  private List<Container> registerAgain() {
    responseId = 0;
    RegisterApplicationMasterResponse response =
        as(
            caller,
            () ->
                rm.registerApplicationMaster(
                    RegisterApplicationMasterRequest.newInstance("localhost", 0, "")));
    for (NMToken token : response.getNMTokensFromPreviousAttempts()) {
      nodeTokens.setToken(token.getNodeId().toString(), token.getToken());
    }
    // The ended application master's own container may still be among them.
    return response.getContainersFromPreviousAttempts().stream()
        .filter(container -> container.getPriority().getPriority() > 0)
        .toList();
  }

  /** Beats until as many containers are held. */
  public TestAm awaitHeld(int count) {
    return awaitHeld(count, Duration.ofSeconds(20));
  }

  public TestAm awaitHeld(int count, Duration limit) {
    Eventually.await(
        limit,
        () ->
            "%s holds %d containers; it holds %d, deliveries %s, %s"
                .formatted(id, count, held.size(), deliveries, yarn.diagnostics(id)),
        () -> {
          beat();
          return held.size() >= count;
        });
    return this;
  }

  /** Beats for a time in which nothing may come. */
  public TestAm receivesNothingFor(Duration time) {
    Eventually.holdsFor(
        time,
        () -> "%s receives nothing; deliveries %s".formatted(id, deliveries),
        () -> beat().isEmpty());
    return this;
  }

  /** Beats until the diagnostics start with the reason. */
  public TestAm awaitReason(String reason) {
    Eventually.await(
        Duration.ofSeconds(20),
        () -> "%s shows %s but \"%s\"".formatted(id, reason, yarn.diagnostics(id)),
        () -> {
          beat();
          return reason().equals(reason);
        });
    return this;
  }

  /** The reason that the diagnostics show, or nothing. */
  public String reason() {
    String text = diagnostics();
    int colon = text.indexOf(": ");
    return colon < 0 ? "" : text.substring(0, colon);
  }

  public String diagnostics() {
    return yarn.diagnostics(id);
  }

  /** Starts a long sleep in each container. */
  public TestAm start(Collection<Container> containers) {
    return start(containers, "exec sleep 600");
  }

  /**
   * Starts a loop in each container held that does so on SIGTERM; returns when all of them would.
   *
   * @param onTerm shell commands without single quotes; none to ignore the signal
   */
  public TestAm startTrapping(String onTerm) {
    try {
      Path up = Files.createTempDirectory(Path.of("target"), "up").toAbsolutePath();
      start(
          held(),
          "trap '%s' TERM; touch %s/$CONTAINER_ID; while :; do sleep 0.1; done"
              .formatted(onTerm, up));
      Eventually.await(
          START_LIMIT,
          () -> "all members of %s run".formatted(id),
          () -> Objects.requireNonNull(up.toFile().list()).length == held.size());
      return this;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** Starts a command in each container. */
  public TestAm start(Collection<Container> containers, String command) {
    return start(containers, Map.of(), command);
  }

  /** Starts a command with variables in each container. */
  public TestAm start(
      Collection<Container> containers, Map<String, String> environment, String command) {
    NMClient client = NMClient.createNMClient();
    client.setNMTokenCache(nodeTokens);
    client.cleanupRunningContainersOnStop(false);
    client.init(new Configuration(yarn.conf()));
    client.start();
    try {
      for (Container container : containers) {
        Map<String, ByteBuffer> ignored =
            client.startContainer(
                container,
                ContainerLaunchContext.newInstance(
                    Map.of(), environment, List.of(command), null, null, null));
      }
    } catch (YarnException | IOException e) {
      throw new AssertionError(e);
    } finally {
      client.stop();
    }
    return this;
  }

  /** Ends the application as succeeded. */
  public void finish() {
    boolean done =
        as(
            caller,
            () -> {
              boolean unregistered = false;
              while (!unregistered) {
                unregistered =
                    rm.finishApplicationMaster(
                            FinishApplicationMasterRequest.newInstance(
                                FinalApplicationStatus.SUCCEEDED, "", ""))
                        .getIsUnregistered();
              }
              return unregistered;
            });
    if (!done) {
      throw new AssertionError(id + " did not unregister");
    }
  }

  /** Lets this attempt fail. */
  public void fail() {
    try {
      yarn.yarnClient().failApplicationAttempt(attempt);
    } catch (YarnException | IOException e) {
      throw new AssertionError(e);
    }
  }

  /** What is held now, inherited members included. */
  public ImmutableList<Container> held() {
    return ImmutableList.copyOf(held.values());
  }

  /** Members that came over from the attempt before. */
  public List<Container> inherited() {
    return inherited;
  }

  /** How many containers came in each beat that brought any. */
  public ImmutableList<Integer> deliveries() {
    return ImmutableList.copyOf(deliveries);
  }

  public void forgetDeliveries() {
    deliveries.clear();
  }

  /** What ended, as told to this application master. */
  public ImmutableList<ContainerStatus> completed() {
    return ImmutableList.copyOf(completed);
  }

  public ImmutableList<RejectedSchedulingRequest> rejected() {
    return ImmutableList.copyOf(rejected);
  }

  /** Members held on a node. */
  public int heldOn(NodeId node) {
    return (int) held.values().stream().filter(c -> c.getNodeId().equals(node)).count();
  }

  public static Resource size(int memoryMib, int vcores, int gpus) {
    Resource size = Resource.newInstance(memoryMib, vcores);
    if (gpus > 0) {
      size.setResourceValue(LocalYarn.GPU, gpus);
    }
    return size;
  }

  /** The ResourceManager was restarted and knows no application master yet. */
  private static final class NotRegistered extends RuntimeException {
    NotRegistered(Throwable cause) {
      super(cause);
    }
  }

  private static <T> T as(UserGroupInformation user, PrivilegedExceptionAction<T> action) {
    try {
      return user.doAs(action);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    } catch (IOException e) {
      throw new AssertionError(e);
    } catch (RuntimeException e) {
      if (e.getCause() instanceof ApplicationMasterNotRegisteredException cause) {
        throw new NotRegistered(cause);
      }
      throw new CallFailed(e.getCause() == null ? e : e.getCause());
    }
  }

  /** A call of the application master was answered with an exception. */
  public static final class CallFailed extends RuntimeException {
    CallFailed(Throwable cause) {
      super(String.valueOf(cause.getMessage()), cause);
    }
  }
}
