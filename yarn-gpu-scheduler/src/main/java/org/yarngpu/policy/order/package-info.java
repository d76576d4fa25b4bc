/** Who is served first. */
@NullMarked
package org.yarngpu.policy.order;

import org.jspecify.annotations.NullMarked;
