/** What lending idle GPUs of services does for jobs and services, by rule and reclaim delay. */
@NullMarked
package org.yarngpu.sim.lend;

import org.jspecify.annotations.NullMarked;
