/** The application master of `train`: a gang of members, started together. */
@NullMarked
package org.yarngpu.appmaster.train;

import org.jspecify.annotations.NullMarked;
