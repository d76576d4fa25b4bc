/** The fast host: the planner, or a published policy, on a simulated cluster. */
@NullMarked
package org.yarngpu.sim.fast;

import org.jspecify.annotations.NullMarked;
