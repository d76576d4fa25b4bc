/** What all files of ours have in common: fields of JSON, and a thread that writes. */
@NullMarked
package org.yarngpu.storage;

import org.jspecify.annotations.NullMarked;
