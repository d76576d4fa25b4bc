package org.yarngpu.sim;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import java.util.HashSet;
import java.util.Set;

/**
 * What is submitted to a cluster, by whom and when.
 *
 * @param name as reports call it
 * @param jobs in the order of submission
 * @param services that run beside them
 */
public record Workload(String name, ImmutableList<Job> jobs, ImmutableList<Service> services) {

  /** Jobs alone. */
  public Workload(String name, ImmutableList<Job> jobs) {
    this(name, jobs, ImmutableList.of());
  }

  public Workload {
    checkArgument(!jobs.isEmpty(), "workload %s has no job", name);
    jobs = ImmutableList.sortedCopyOf(Job.BY_SUBMISSION, jobs);
    Set<String> ids = new HashSet<>();
    for (Job job : jobs) {
      checkArgument(ids.add(job.id()), "workload %s has two jobs named %s", name, job.id());
    }
  }

  public Workload withJobs(ImmutableList<Job> newJobs) {
    return new Workload(name, newJobs, services);
  }

  public Workload withServices(ImmutableList<Service> newServices) {
    return new Workload(name, jobs, newServices);
  }

  /** From the first submission to the last, milliseconds. */
  public long arrivalWindowMs() {
    return jobs.get(jobs.size() - 1).submitMs() - jobs.get(0).submitMs();
  }
}
