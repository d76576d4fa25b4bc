package org.yarngpu.policy;

import org.jspecify.annotations.Nullable;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Gang;
import org.yarngpu.model.Resources;

/** Who is served first. */
public interface GangOrder {

  /** Starts one cycle's turns among the given gangs of one partition. */
  Turns turns(ClusterSnapshot snapshot, String partition, Iterable<Gang> gangs);

  /** The order within one cycle, which depends on what the cycle has already given away. */
  interface Turns {
    /** Removes and returns the gang whose turn it is; null when all had theirs. */
    @Nullable Gang next();

    /** Books what a gang was just given, since that moves its queue back. */
    void served(Gang gang, Resources size);

    /** Adds a gang that asks for more, at the place that its order gives it. */
    void add(Gang gang);
  }
}
