/** The real host: an unchanged ResourceScheduler, driven in virtual time by one thread. */
@NullMarked
package org.yarngpu.sim.rm;

import org.jspecify.annotations.NullMarked;
