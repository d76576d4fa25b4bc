/** The application master of `serve`: replicas that come and go with the load. */
@NullMarked
package org.yarngpu.appmaster.serve;

import org.jspecify.annotations.NullMarked;
