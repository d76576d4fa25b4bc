package org.yarngpu.history.hadoop;

import com.google.common.collect.ImmutableList;
import java.io.FileNotFoundException;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.FileAlreadyExistsException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.permission.FsPermission;
import org.yarngpu.history.Folder;

/**
 * A folder of any file system that Hadoop knows and that can flush and rename: local disks, mounts
 * of NFS, HDFS. A local one is used without Hadoop's checksums, whose files would be torn at other
 * places than the data.
 */
public final class HadoopFolder implements Folder {
  private static final FsPermission OWNER_ONLY = new FsPermission((short) 0700);

  private final Path path;
  private final Configuration configuration;

  private HadoopFolder(Path path, Configuration configuration) {
    this.path = path;
    this.configuration = configuration;
  }

  /**
   * Names a folder; nothing is looked up yet.
   *
   * @param uri such as {@code file:///var/lib/history} or {@code hdfs://nn/yarn/history}; without a
   *     scheme it is of the default file system
   * @throws IllegalArgumentException if it is no URI of a folder
   */
  public static HadoopFolder at(String uri, Configuration configuration) {
    return new HadoopFolder(new Path(uri), configuration);
  }

  /**
   * Names a folder, with the configuration that is on the class path.
   *
   * @throws IllegalArgumentException if it is no URI of a folder
   */
  public static HadoopFolder at(String uri) {
    return at(uri, new Configuration());
  }

  @Override
  public void make() throws IOException {
    FileSystem files = files();
    if (!files.mkdirs(path, OWNER_ONLY)) {
      throw new IOException(path + " cannot be made");
    }
  }

  @Override
  public ImmutableList<String> list() throws IOException {
    ImmutableList.Builder<String> names = ImmutableList.builder();
    try {
      for (FileStatus status : files().listStatus(path)) {
        if (status.isFile()) {
          names.add(status.getPath().getName());
        }
      }
    } catch (FileNotFoundException missing) {
      return ImmutableList.of();
    }
    return names.build();
  }

  @Override
  public InputStream open(String name) throws IOException {
    return files().open(file(name));
  }

  @Override
  public OutputStream create(String name) throws IOException {
    try {
      return new Flushed(files().create(file(name), false));
    } catch (org.apache.hadoop.fs.FileAlreadyExistsException taken) {
      FileAlreadyExistsException exists = new FileAlreadyExistsException(file(name).toString());
      exists.initCause(taken);
      throw exists;
    }
  }

  /** Hadoop's own {@code flush} promises nothing. */
  private static final class Flushed extends FilterOutputStream {
    private final FSDataOutputStream file;

    Flushed(FSDataOutputStream file) {
      super(file);
      this.file = file;
    }

    @Override
    public void write(byte[] bytes, int start, int length) throws IOException {
      file.write(bytes, start, length);
    }

    @Override
    public void flush() throws IOException {
      file.hflush();
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }

  @Override
  public void rename(String from, String to) throws IOException {
    if (!files().rename(file(from), file(to))) {
      throw new IOException("%s cannot be renamed to %s".formatted(file(from), to));
    }
  }

  @Override
  public void delete(String name) throws IOException {
    FileSystem files = files();
    if (!files.delete(file(name), false) && files.exists(file(name))) {
      throw new IOException(file(name) + " cannot be deleted");
    }
  }

  /** Where it is. */
  @Override
  public String toString() {
    return path.toString();
  }

  private Path file(String name) {
    return new Path(path, name);
  }

  private FileSystem files() throws IOException {
    try {
      FileSystem files = path.getFileSystem(configuration);
      return files instanceof LocalFileSystem local ? local.getRawFileSystem() : files;
    } catch (IllegalArgumentException unknownHost) {
      throw new IOException(String.valueOf(unknownHost.getMessage()), unknownHost);
    }
  }
}
