/** How good forecasts of run times are on a trace, each made before its job ran. */
@NullMarked
package org.yarngpu.sim.predict;

import org.jspecify.annotations.NullMarked;
