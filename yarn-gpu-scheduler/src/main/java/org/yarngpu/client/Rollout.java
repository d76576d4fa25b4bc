package org.yarngpu.client;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileContext;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.yarn.api.records.ApplicationId;
import org.yarngpu.job.JobSpecException;
import org.yarngpu.job.Release;
import org.yarngpu.job.ServiceSpec;
import org.yarngpu.job.ServiceSpecReader;

/**
 * Puts the next release of a service into its staging directory, where its application master finds
 * it.
 *
 * <p>The unfinished file is the claim to a number: who creates it is alone with it, and with the
 * directories of its files. It gets its name once it is whole.
 */
final class Rollout {

  private static final String UNFINISHED = ".part";

  private final Configuration conf;
  private final ApplicationId service;
  private final Staging staging;
  private final FileSystem files;

  Rollout(Configuration conf, ApplicationId service) throws IOException {
    this.conf = conf;
    this.service = service;
    this.staging = new Staging(conf, service);
    this.files = FileSystem.get(conf);
  }

  /** Returns the number that the release got, from 2. */
  int put(Release release) throws IOException, SubmissionException {
    ServiceSpec submitted = submitted();
    int number = 2;
    while (files.exists(path(number))) {
      number++;
    }
    Path unfinished = path(number).suffix(UNFINISHED);
    OutputStream claim = claim(unfinished, number);
    boolean done = false;
    try {
      try (claim) {
        claim.write(staged(submitted, release, number).getBytes(StandardCharsets.UTF_8));
      }
      // Unlike FileSystem, never over another file.
      FileContext.getFileContext(files.getUri(), conf).rename(unfinished, path(number));
      done = true;
    } finally {
      if (!done) {
        files.delete(unfinished, false);
      }
    }
    return number;
  }

  private OutputStream claim(Path unfinished, int number) throws IOException, SubmissionException {
    OutputStream claim;
    try {
      claim =
          files.createFile(unfinished).overwrite(false).permission(Staging.PRIVATE_FILE).build();
    } catch (IOException failure) {
      if (files.exists(unfinished)) {
        throw lost(unfinished, number);
      }
      throw failure;
    }
    if (files.exists(path(number))) {
      claim.close();
      files.delete(unfinished, false);
      throw lost(unfinished, number);
    }
    return claim;
  }

  private SubmissionException lost(Path unfinished, int number) {
    return new SubmissionException(
        "Another rollout of %s came first and makes release %s. Maybe try again; remove %s if it broke off."
            .formatted(service, number, unfinished));
  }

  private String staged(ServiceSpec submitted, Release release, int number)
      throws IOException, SubmissionException {
    Release staged =
        new Release(
            release.env(),
            staging.addAll(release.files(), "files-" + number),
            staging.addAll(release.archives(), "archives-" + number),
            release.command());
    LaunchContexts.checkArchives(staged.archives());
    return ServiceSpecReader.print(submitted.with(staged));
  }

  private Path path(int number) {
    return new Path(staging.directory(), Release.file(number));
  }

  /** What does not change is the same in all releases, so it is read in the first. */
  private ServiceSpec submitted() throws IOException, SubmissionException {
    String text;
    try (InputStream in = files.open(path(1))) {
      text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (FileNotFoundException missing) {
      throw new SubmissionException(
          "%s has no staging directory %s. Maybe another user submitted it."
              .formatted(service, staging.directory()));
    }
    try {
      return ServiceSpecReader.parse(text);
    } catch (IOException | JobSpecException | IllegalArgumentException wrong) {
      throw new SubmissionException(
          "%s cannot be read: %s. Maybe another version of this program wrote it."
              .formatted(path(1), wrong.getMessage()));
    }
  }
}
