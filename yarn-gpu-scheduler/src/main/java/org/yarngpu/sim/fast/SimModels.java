package org.yarngpu.sim.fast;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.yarngpu.model.Ask;
import org.yarngpu.model.AskKey;
import org.yarngpu.model.Gang;
import org.yarngpu.model.GangId;
import org.yarngpu.model.GpuModels;
import org.yarngpu.model.Locality;
import org.yarngpu.model.Resources;
import org.yarngpu.sim.Inventory;
import org.yarngpu.sim.Job;
import org.yarngpu.sim.NodeSpec;
import org.yarngpu.sim.Service;
import org.yarngpu.sim.Workload;

/**
 * How the GPU models of a simulated cluster are told apart: as partitions, or, if a job may run on
 * several, as models within the default partition.
 *
 * @param common the model on which jobs without a wish run
 * @param speeds of one GPU by model, the slowest where nodes differ
 * @param choices whether a job may run on several models
 */
record SimModels(String common, ImmutableSortedMap<String, Double> speeds, boolean choices) {

  static SimModels of(Inventory inventory, Workload workload) {
    Map<String, Double> speeds = new TreeMap<>();
    for (NodeSpec node : inventory.nodes()) {
      speeds.merge(GpuModels.normalised(node.gpuModel()), node.speed(), Math::min);
    }
    return new SimModels(
        inventory.commonModel(),
        ImmutableSortedMap.copyOf(speeds),
        !inventory.commonModel().isEmpty()
            && workload.jobs().stream().anyMatch(job -> job.gpuModels().size() > 1));
  }

  /** The partition of a model; the common one is the default partition. */
  String partition(String gpuModel) {
    return choices || gpuModel.equals(common) ? "" : gpuModel;
  }

  /** What the planner knows of a node's model. */
  String model(String gpuModel) {
    return choices ? GpuModels.normalised(gpuModel) : GpuModels.UNKNOWN;
  }

  String partition(Job job) {
    return anyWillDo(job) ? "" : partition(job.gpuModel());
  }

  ImmutableList<String> types(Job job) {
    if (!choices) {
      return ImmutableList.of();
    }
    return anyWillDo(job)
        ? ImmutableList.of(GpuModels.normalised(common))
        : job.gpuModels().stream()
            .map(GpuModels::normalised)
            .collect(ImmutableList.toImmutableList());
  }

  /** A job as the planner knows it, in the leaf of this path. */
  Gang gang(Job job, String queue) {
    return gang(
        job.id(),
        queue,
        job.user(),
        job.priority(),
        job.submitMs(),
        job.members(),
        job.gpusPerMember(),
        partition(job),
        types(job));
  }

  /** Replicas as the planner knows them; any model will do. */
  Gang replicasOf(Service service, String id, String queue, int replicas, long askedMs) {
    return gang(
        id, queue, "", 0, askedMs, replicas, service.gpusPerReplica(), "", ImmutableList.of());
  }

  private static Gang gang(
      String id,
      String queue,
      String user,
      int priority,
      long submitMs,
      int members,
      int gpusPerMember,
      String partition,
      ImmutableList<String> types) {
    return new Gang(
        new GangId(id),
        queue,
        user,
        priority,
        submitMs,
        members,
        Gang.Phase.WAITING,
        ImmutableList.of(
            new Ask(
                new AskKey(0, 0),
                new Resources(0, 0, gpusPerMember),
                members,
                partition,
                Locality.ANYWHERE)),
        ImmutableSortedSet.of(),
        Optional.empty(),
        OptionalLong.empty(),
        types,
        Optional.empty());
  }

  /** Of the GPUs that the job will run on; 1 if that is open. */
  double speed(Job job) {
    String only = anyWillDo(job) ? common : job.gpuModel();
    return choices ? 1 : speeds.getOrDefault(GpuModels.normalised(only), 1.0);
  }

  /** Of the models among which jobs choose. */
  ImmutableSortedMap<String, Double> choiceSpeeds() {
    return choices && speeds.values().stream().anyMatch(speed -> speed != 1)
        ? speeds
        : ImmutableSortedMap.of();
  }

  private boolean anyWillDo(Job job) {
    return job.gpuModel().isEmpty() || common.isEmpty();
  }
}
