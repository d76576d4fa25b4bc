/**
 * How many replicas an inference service should have: load in, a count out. Decisions are pure
 * functions of {@link org.yarngpu.scale.Signals} and of what was decided before ({@link
 * org.yarngpu.scale.Memory}); {@link org.yarngpu.scale.SeasonalForecast} learns, for one thread.
 *
 * <p>Loads are requests per second, a service rate is what one replica serves of them. A number
 * that is not known is NaN and never an error.
 */
@NullMarked
package org.yarngpu.scale;

import org.jspecify.annotations.NullMarked;
