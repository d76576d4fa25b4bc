/** What a predictor has learned, as files of one folder: a log of completions, and snapshots. */
@NullMarked
package org.yarngpu.history;

import org.jspecify.annotations.NullMarked;
