/**
 * Where the simulator's workloads come from: traces in several formats, the history of a cluster, a
 * generator; and what is done to them before a run.
 */
@NullMarked
package org.yarngpu.sim.workload;

import org.jspecify.annotations.NullMarked;
