package org.yarngpu.storage;

import java.io.Closeable;
import java.io.IOException;

/** Files that take one item after the other; confined to one thread. */
public interface Sink<T> extends Closeable {

  /** Appends an item, which may stay in memory until {@link #flush}. */
  void append(T item) throws IOException;

  /** Hands all to the operating system: it survives the end of this process. */
  void flush() throws IOException;

  /** Ends the current file; the next item begins another. */
  @Override
  void close() throws IOException;
}
