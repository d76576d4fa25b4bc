/**
 * The words of this project, as immutable values: start here.
 *
 * <p>A <b>job</b> is one YARN application. Its <b>gang</b> is what must start together, whole or
 * not at all; a <b>member</b> is one container of it. An <b>ask</b> is resources requested and not
 * yet granted. A <b>snapshot</b> is the cluster at one instant; a <b>cycle</b> turns it into a
 * <b>plan</b>, which a host <b>commits</b> or finds <b>stale</b>. A <b>placement</b> names the node
 * of each member. A <b>reservation</b> holds free GPUs for a gang that does not fit yet. A
 * <b>rejection</b> says why a gang waits, and its <b>cure</b> what would help.
 */
@NullMarked
package org.yarngpu.model;

import org.jspecify.annotations.NullMarked;
