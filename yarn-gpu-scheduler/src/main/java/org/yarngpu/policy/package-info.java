/** The questions a planner asks, and their answers. Pure; knows only the model. */
@NullMarked
package org.yarngpu.policy;

import org.jspecify.annotations.NullMarked;
