/** The policies that a simulation compares: the product's own and the published ones. */
@NullMarked
package org.yarngpu.sim.policy;

import org.jspecify.annotations.NullMarked;
