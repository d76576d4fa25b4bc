package org.yarngpu.client;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.yarn.api.records.ApplicationId;
import org.apache.hadoop.yarn.api.records.LocalResource;
import org.apache.hadoop.yarn.api.records.LocalResourceType;
import org.apache.hadoop.yarn.api.records.LocalResourceVisibility;
import org.apache.hadoop.yarn.api.records.URL;
import org.yarngpu.job.JobFile;

/**
 * The private directory of one application on the default file system, {@code
 * ~/.yarn-gpu/<application id>}: what its containers localise. Removed when the application ends.
 */
final class Staging {

  private static final String PARENT = ".yarn-gpu";
  private static final FsPermission PRIVATE_DIRECTORY = new FsPermission((short) 0700);
  static final FsPermission PRIVATE_FILE = new FsPermission((short) 0600);
  private static final String LOCAL_SCHEME = "file";

  private final Configuration conf;
  private final FileSystem files;
  private final Path directory;
  private final Set<String> links = new HashSet<>();

  Staging(Configuration conf, ApplicationId application) throws IOException {
    this.conf = conf;
    this.files = FileSystem.get(conf);
    this.directory =
        files.makeQualified(
            new Path(new Path(files.getHomeDirectory(), PARENT), application.toString()));
  }

  /** Returns the applications of this user that have a directory. */
  static ImmutableSet<ApplicationId> applications(Configuration conf) throws IOException {
    FileSystem files = FileSystem.get(conf);
    Path pattern = new Path(new Path(files.getHomeDirectory(), PARENT), "application_*_*");
    FileStatus[] found = files.globStatus(pattern);
    return found == null
        ? ImmutableSet.of()
        : Stream.of(found)
            .map(status -> ApplicationId.fromString(status.getPath().getName()))
            .collect(ImmutableSet.toImmutableSet());
  }

  Path directory() {
    return directory;
  }

  void create() throws IOException {
    FileSystem.mkdirs(files, directory, PRIVATE_DIRECTORY);
  }

  void delete() throws IOException {
    files.delete(directory, true);
  }

  /** Puts a local file into the directory and returns it as a resource of a container. */
  LocalResource add(java.nio.file.Path local, String name) throws IOException {
    Path target = new Path(directory, name);
    files.copyFromLocalFile(false, true, new Path(local.toUri()), target);
    files.setPermission(target, PRIVATE_FILE);
    return resource(target);
  }

  LocalResource add(String text, String name) throws IOException {
    return add(out -> out.write(text.getBytes(StandardCharsets.UTF_8)), name);
  }

  LocalResource add(Configuration settings, String name) throws IOException {
    return add(settings::writeXml, name);
  }

  /**
   * Puts a user's local files into a sub-directory and returns where all of them are now; files
   * that are not local stay where they are.
   */
  ImmutableList<String> addAll(List<String> texts, String subdirectory)
      throws IOException, SubmissionException {
    ImmutableList.Builder<String> placed = ImmutableList.builder();
    for (String text : texts) {
      JobFile file = parsed(text);
      if (!links.add(file.link())) {
        throw new SubmissionException(
            "Two files have the name %s. Maybe give one another name with %s#name."
                .formatted(file.link(), file.location()));
      }
      placed.add(new JobFile(place(file, subdirectory), file.link()).toString());
    }
    return placed.build();
  }

  private static JobFile parsed(String text) throws SubmissionException {
    try {
      return JobFile.parse(text);
    } catch (IllegalArgumentException wrong) {
      throw new SubmissionException(
          "\"%s\" is no file: %s. Maybe %s#name was meant."
              .formatted(text, wrong.getMessage(), text));
    }
  }

  private String place(JobFile file, String subdirectory) throws IOException, SubmissionException {
    Path given = new Path(file.location());
    boolean local =
        given.toUri().getScheme() == null || LOCAL_SCHEME.equals(given.toUri().getScheme());
    FileSystem source = local ? FileSystem.getLocal(conf) : given.getFileSystem(conf);
    if (!source.exists(given)) {
      throw new SubmissionException("The file %s does not exist.".formatted(file.location()));
    }
    if (source.getFileStatus(given).isDirectory()) {
      throw new SubmissionException(
          "%s is a directory. Maybe pack it and give it as an archive.".formatted(file.location()));
    }
    if (!local) {
      return source.makeQualified(given).toString();
    }
    // A directory for each link: an archive must keep its ending, by which YARN knows how to
    // unpack.
    Path target = new Path(directory, String.join("/", subdirectory, file.link(), given.getName()));
    files.copyFromLocalFile(false, true, source.makeQualified(given), target);
    return target.toString();
  }

  private LocalResource add(Content content, String name) throws IOException {
    Path target = new Path(directory, name);
    try (OutputStream out = FileSystem.create(files, target, PRIVATE_FILE)) {
      content.writeTo(out);
    }
    return resource(target);
  }

  private LocalResource resource(Path path) throws IOException {
    FileStatus status = files.getFileStatus(path);
    return LocalResource.newInstance(
        URL.fromPath(path),
        LocalResourceType.FILE,
        LocalResourceVisibility.APPLICATION,
        status.getLen(),
        status.getModificationTime());
  }

  private interface Content {
    void writeTo(OutputStream out) throws IOException;
  }
}
