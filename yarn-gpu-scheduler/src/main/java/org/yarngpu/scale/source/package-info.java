/**
 * Where loads come from: Prometheus text that replicas serve, JSON that somebody writes. What
 * cannot be read is no load, never a load of zero.
 */
@NullMarked
package org.yarngpu.scale.source;

import org.jspecify.annotations.NullMarked;
