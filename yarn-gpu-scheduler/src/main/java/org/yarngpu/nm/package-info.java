/**
 * The NodeManager's side, optional: an executor that gives containers the devices that the
 * scheduler chose, lets no two hold one device, and tells how busy they are.
 */
@NullMarked
package org.yarngpu.nm;

import org.jspecify.annotations.NullMarked;
