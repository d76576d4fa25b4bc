/** The commands of `yarn jar yarn-gpu-scheduler-tools.jar`. */
@NullMarked
package org.yarngpu.cli;

import org.jspecify.annotations.NullMarked;
