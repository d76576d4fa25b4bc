/** From runs to measures, and from measures to a table, files and a page with charts. */
@NullMarked
package org.yarngpu.sim.report;

import org.jspecify.annotations.NullMarked;
