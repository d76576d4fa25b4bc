/** Host one: the ResourceManager. Everything that knows YARN internals. */
@NullMarked
package org.yarngpu.rm;

import org.jspecify.annotations.NullMarked;
