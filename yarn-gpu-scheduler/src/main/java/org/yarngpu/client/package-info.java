/** Submits, follows and ends applications, for every command. */
@NullMarked
package org.yarngpu.client;

import org.jspecify.annotations.NullMarked;
