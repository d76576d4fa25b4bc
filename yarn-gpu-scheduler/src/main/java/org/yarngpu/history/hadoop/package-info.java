/** The files of a history on any file system that Hadoop knows. */
@NullMarked
package org.yarngpu.history.hadoop;

import org.jspecify.annotations.NullMarked;
