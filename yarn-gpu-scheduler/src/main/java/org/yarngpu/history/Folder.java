package org.yarngpu.history;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.FileAlreadyExistsException;

/** A folder of files, on whatever file system; {@code toString} says where, for messages. */
public interface Folder {

  /** Makes it and those above it, unless it is there. */
  void make() throws IOException;

  /** Names of its files in any order; none if there is no such folder. */
  ImmutableList<String> list() throws IOException;

  InputStream open(String name) throws IOException;

  /**
   * Begins a new file. What was written before a {@code flush} can be read by others and survives
   * the end of this process.
   *
   * @throws FileAlreadyExistsException if there is one of that name, which stays as it is
   */
  OutputStream create(String name) throws IOException;

  /** Gives a file another name at once: nobody sees half of it. */
  void rename(String from, String to) throws IOException;

  /** Deletes a file, if it is there. */
  void delete(String name) throws IOException;
}
