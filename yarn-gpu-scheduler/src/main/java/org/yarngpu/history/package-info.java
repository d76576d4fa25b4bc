/**
 * What outlives a ResourceManager, as files of one folder: what a predictor has learned, by a log
 * of completions and snapshots, and what users used of late.
 */
@NullMarked
package org.yarngpu.history;

import org.jspecify.annotations.NullMarked;
