package org.yarngpu.sim.policy;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import java.util.Collection;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Gang;
import org.yarngpu.model.Reservation;
import org.yarngpu.planner.Room;

/** The cluster at the instant of a decision. */
public interface View {

  /** Virtual time since the start of the trace, milliseconds. */
  long nowMs();

  /** What is free on each node; a copy. */
  Room free();

  /** GPUs free on all nodes. */
  int freeGpus();

  /** Jobs and replicas that hold GPUs, in the order in which they started. */
  Collection<? extends ActiveJob> running();

  /** As the planner sees it, with these gangs waiting. */
  ClusterSnapshot snapshot(
      ImmutableList<Gang> waiting, ImmutableSortedMap<String, Reservation> reservations);
}
