package org.yarngpu.rm;

import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.yarn.api.records.RejectedSchedulingRequest;
import org.apache.hadoop.yarn.api.records.RejectionReason;
import org.apache.hadoop.yarn.api.records.SchedulingRequest;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.Allocation;
import org.jspecify.annotations.Nullable;
import org.yarngpu.model.Reason;
import org.yarngpu.model.Rejection;

/**
 * SchedulingRequests that ask a GPU: they do not pass the veto, so they are refused, in the way
 * that YARN tells application masters of requests it cannot place.
 */
final class RefusedRequests {
  private RefusedRequests() {}

  /** Those of the requests that ask a GPU. */
  static List<SchedulingRequest> withGpus(@Nullable List<SchedulingRequest> requests) {
    List<SchedulingRequest> found = new ArrayList<>();
    if (requests != null) {
      for (SchedulingRequest request : requests) {
        if (request.getResourceSizing() != null
            && YarnResources.gpus(request.getResourceSizing().getResources()) > 0) {
          found.add(request);
        }
      }
    }
    return found;
  }

  /** The allocation, with the refused requests among those that YARN itself rejects. */
  static Allocation in(Allocation allocation, List<SchedulingRequest> refused) {
    List<RejectedSchedulingRequest> rejected = new ArrayList<>();
    if (allocation.getRejectedRequest() != null) {
      rejected.addAll(allocation.getRejectedRequest());
    }
    for (SchedulingRequest request : refused) {
      rejected.add(
          RejectedSchedulingRequest.newInstance(RejectionReason.COULD_NOT_PLACE_ON_NODE, request));
    }
    return new Allocation(
        allocation.getContainers(),
        allocation.getResourceLimit(),
        allocation.getStrictContainerPreemptions(),
        allocation.getContainerPreemptions(),
        allocation.getResourcePreemptions(),
        allocation.getNMTokens(),
        allocation.getIncreasedContainers(),
        allocation.getDecreasedContainers(),
        allocation.getPromotedContainers(),
        allocation.getDemotedContainers(),
        allocation.getPreviousAttemptContainers(),
        rejected);
  }

  /** Why such a request is refused. */
  static Rejection why(SchedulingRequest request) {
    return new Rejection(
        Reason.UNSUPPORTED_ASK,
        "SchedulingRequest %s asks a GPU, which is not supported; ask by ResourceRequest"
            .formatted(request.getAllocationRequestId()));
  }
}
