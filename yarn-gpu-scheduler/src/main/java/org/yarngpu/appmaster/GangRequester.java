package org.yarngpu.appmaster;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.apache.hadoop.yarn.api.protocolrecords.AllocateResponse;
import org.apache.hadoop.yarn.api.records.Container;
import org.apache.hadoop.yarn.api.records.ContainerId;
import org.apache.hadoop.yarn.api.records.ContainerStatus;
import org.apache.hadoop.yarn.api.records.ExecutionType;
import org.apache.hadoop.yarn.api.records.ExecutionTypeRequest;
import org.apache.hadoop.yarn.api.records.PreemptionContainer;
import org.apache.hadoop.yarn.api.records.PreemptionMessage;
import org.apache.hadoop.yarn.api.records.Priority;
import org.apache.hadoop.yarn.api.records.Resource;
import org.apache.hadoop.yarn.client.api.AMRMClient;
import org.apache.hadoop.yarn.client.api.AMRMClient.ContainerRequest;
import org.apache.hadoop.yarn.exceptions.YarnException;
import org.yarngpu.job.SavedMark;

/** Asks the ResourceManager for the equal members of a gang, at one priority. */
public final class GangRequester {

  private static final Priority PRIORITY = Priority.newInstance(1);

  private final AMRMClient<ContainerRequest> client;
  private final Resource member;
  private final ExecutionType executionType;
  private final Deque<ContainerRequest> asked = new ArrayDeque<>();
  private String mark = "";

  /**
   * @param executionType opportunistic members run on lent GPUs, where the cluster lends any; of
   *     guaranteed ones the scheduler may run an elastic gang's surplus there
   */
  public GangRequester(
      AMRMClient<ContainerRequest> client, Resource member, ExecutionType executionType) {
    this.client = client;
    this.member = member;
    this.executionType = executionType;
  }

  /** Asks for so many members more with the next heartbeat. */
  public void ask(int count) {
    for (int index = 0; index < count; index++) {
      ContainerRequest request =
          ContainerRequest.newBuilder()
              .capability(member)
              .priority(PRIORITY)
              .executionTypeRequest(
                  ExecutionTypeRequest.newInstance(
                      executionType, executionType == ExecutionType.OPPORTUNISTIC))
              .build();
      client.addContainerRequest(request);
      asked.add(request);
    }
  }

  /** Members asked for and not delivered. */
  public int outstanding() {
    return asked.size();
  }

  /** Takes back what was asked for and not delivered. */
  public void askNoMore() {
    asked.forEach(client::removeContainerRequest);
    asked.clear();
  }

  /** Gives a container back with the next heartbeat. */
  public void release(ContainerId container) {
    client.releaseAssignedContainer(container);
  }

  /** Tells with the next heartbeat when the job last saved its work; epoch milliseconds. */
  public void saved(long atMs) {
    String next = SavedMark.of(atMs);
    if (!next.equals(mark)) {
      List<String> before = new ArrayList<>();
      if (!mark.isEmpty()) {
        before.add(mark);
      }
      client.updateBlacklist(new ArrayList<>(List.of(next)), before); // which takes from its lists
      mark = next;
    }
  }

  /**
   * Returns the news since the last heartbeat.
   *
   * @param progress of the job, in [0, 1]
   */
  public Heartbeat heartbeat(float progress) throws IOException, YarnException {
    AllocateResponse response = client.allocate(progress);
    ImmutableList<Container> allocated = ImmutableList.copyOf(response.getAllocatedContainers());
    for (int index = 0; index < allocated.size() && !asked.isEmpty(); index++) {
      client.removeContainerRequest(asked.remove());
    }
    return new Heartbeat(
        allocated,
        ImmutableList.copyOf(response.getCompletedContainersStatuses()),
        noticed(response.getPreemptionMessage()));
  }

  private static ImmutableSet<ContainerId> noticed(PreemptionMessage message) {
    if (message == null || message.getStrictContract() == null) {
      return ImmutableSet.of();
    }
    return message.getStrictContract().getContainers().stream()
        .map(PreemptionContainer::getId)
        .collect(ImmutableSet.toImmutableSet());
  }

  /**
   * News of one heartbeat.
   *
   * @param allocated containers that are ours now
   * @param completed containers that have ended
   * @param noticed containers that are about to be evicted
   */
  public record Heartbeat(
      ImmutableList<Container> allocated,
      ImmutableList<ContainerStatus> completed,
      ImmutableSet<ContainerId> noticed) {}
}
