/** What all application masters of this project share. */
@NullMarked
package org.yarngpu.appmaster;

import org.jspecify.annotations.NullMarked;
