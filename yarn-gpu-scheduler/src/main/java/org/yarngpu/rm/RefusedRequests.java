package org.yarngpu.rm;

import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.yarn.api.records.SchedulingRequest;
import org.jspecify.annotations.Nullable;
import org.yarngpu.model.Reason;
import org.yarngpu.model.Rejection;

/** SchedulingRequests that ask a GPU: they do not pass the veto, so they are refused. */
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

  /** Why such a request is refused. */
  static Rejection why(SchedulingRequest request) {
    return new Rejection(
        Reason.UNSUPPORTED_ASK,
        "SchedulingRequest %s asks a GPU, which is not supported; ask by ResourceRequest"
            .formatted(request.getAllocationRequestId()));
  }
}
