/** Recorded cycles planned again, as they were or with other queues. */
@NullMarked
package org.yarngpu.sim.replay;

import org.jspecify.annotations.NullMarked;
