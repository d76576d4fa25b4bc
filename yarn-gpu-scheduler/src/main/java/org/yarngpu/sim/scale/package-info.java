/** What scaling policies would have made of the load of a service, in a fluid queue. */
@NullMarked
package org.yarngpu.sim.scale;

import org.jspecify.annotations.NullMarked;
