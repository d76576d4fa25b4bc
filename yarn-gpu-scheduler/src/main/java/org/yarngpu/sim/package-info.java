/** The simulator: workloads replayed in virtual time, on the planner itself or on a scheduler. */
@NullMarked
package org.yarngpu.sim;

import org.jspecify.annotations.NullMarked;
