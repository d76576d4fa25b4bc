/** What a job says about itself: its declarations, and the job file that submits one. */
@NullMarked
package org.yarngpu.job;

import org.jspecify.annotations.NullMarked;
