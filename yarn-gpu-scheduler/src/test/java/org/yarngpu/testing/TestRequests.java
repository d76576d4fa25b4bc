package org.yarngpu.testing;

import com.google.common.collect.ImmutableSet;
import org.apache.hadoop.yarn.api.records.ExecutionType;
import org.apache.hadoop.yarn.api.records.ExecutionTypeRequest;
import org.apache.hadoop.yarn.api.records.Priority;
import org.apache.hadoop.yarn.api.records.Resource;
import org.apache.hadoop.yarn.api.records.ResourceSizing;
import org.apache.hadoop.yarn.api.records.SchedulingRequest;

/** Asks of the second kind that YARN knows. */
public final class TestRequests {
  private TestRequests() {}

  /** One container, without a constraint. */
  public static SchedulingRequest schedulingRequest(long id, Resource size) {
    return SchedulingRequest.newBuilder()
        .allocationRequestId(id)
        .priority(Priority.newInstance(1))
        .executionType(ExecutionTypeRequest.newInstance(ExecutionType.GUARANTEED))
        .allocationTags(ImmutableSet.of("test"))
        .resourceSizing(ResourceSizing.newInstance(1, size))
        .build();
  }
}
