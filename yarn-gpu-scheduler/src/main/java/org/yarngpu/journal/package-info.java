/** Recorded cycles: what one saw, decided and carried out, as lines of JSON in bounded files. */
@NullMarked
package org.yarngpu.journal;

import org.jspecify.annotations.NullMarked;
