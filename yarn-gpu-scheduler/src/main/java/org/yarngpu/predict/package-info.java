/**
 * Learning: who a job is, how long it will run, how predictable it is. Stateful, for one thread;
 * knows only the model.
 *
 * <p>A job's <b>groups</b> are what it has in common with finished jobs, each behind a <b>key</b>.
 * A <b>completion</b> teaches, a <b>forecast</b> is asked for. A forecast is <b>judged</b> when its
 * job ends: what counts is what was said at submission, never what was learned since.
 */
@NullMarked
package org.yarngpu.predict;

import org.jspecify.annotations.NullMarked;
