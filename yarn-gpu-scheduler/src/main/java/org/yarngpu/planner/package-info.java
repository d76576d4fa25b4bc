/** The mechanism: what a cycle does, in which order. */
@NullMarked
package org.yarngpu.planner;

import org.jspecify.annotations.NullMarked;
