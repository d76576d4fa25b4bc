/** Every setting, read and checked once. */
@NullMarked
package org.yarngpu.config;

import org.jspecify.annotations.NullMarked;
