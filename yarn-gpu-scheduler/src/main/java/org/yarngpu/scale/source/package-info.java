/**
 * Where loads come from: Prometheus text that replicas serve, JSON that somebody writes. What
 * cannot be read is no load, never a load of zero. And services that run elsewhere: what would be
 * done ({@link org.yarngpu.scale.source.DryRun}), and having it done by YARN ({@link
 * org.yarngpu.scale.source.ServiceScaling}).
 */
@NullMarked
package org.yarngpu.scale.source;

import org.jspecify.annotations.NullMarked;
