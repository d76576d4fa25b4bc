package org.yarngpu.appmaster.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yarngpu.job.JobSpec;
import org.yarngpu.job.JobSpecException;
import org.yarngpu.job.JobSpecReader;

class CheckpointWatchTest {
  private static final Configuration CONF = new Configuration();

  @TempDir private Path folder;

  private static JobSpec spec(String more) throws JobSpecException {
    return JobSpecReader.parse(
        "{\"name\": \"n\", \"workers\": 1, \"command\": [\"true\"]%s}".formatted(more), "test");
  }

  private static CheckpointWatch watch(String path) throws JobSpecException {
    return CheckpointWatch.of(
            spec(", \"checkpointInterval\": \"10m\", \"checkpointPath\": \"%s\"".formatted(path)),
            CONF)
        .orElseThrow();
  }

  private Path write(String name, long atMs) throws IOException {
    return Files.setLastModifiedTime(
        Files.writeString(folder.resolve(name), name), FileTime.fromMillis(atMs));
  }

  @Test
  void aFileWasSavedWhenItWasModified() throws IOException, JobSpecException {
    CheckpointWatch watch = watch("file:" + folder + "/model.pt");
    watch.look();
    assertThat(watch.savedMs()).as("not there yet").isEmpty();
    write("model.pt", 5_000);
    watch.look();
    assertThat(watch.savedMs()).hasValue(5_000);
    write("model.pt", 9_000);
    watch.look();
    assertThat(watch.savedMs()).hasValue(9_000);
  }

  @Test
  void aDirectoryWasSavedWhenItsNewestEntryWas() throws IOException, JobSpecException {
    CheckpointWatch watch = watch("file:" + folder);
    watch.look();
    assertThat(watch.savedMs()).as("nothing in it").isEmpty();
    write("step-2", 7_000);
    write("step-1", 3_000);
    watch.look();
    assertThat(watch.savedMs()).hasValue(7_000);
  }

  @Test
  void aPathThatCannotBeLookedAtSaysNothing() throws JobSpecException {
    CheckpointWatch watch = watch("nosuchscheme://x/y");
    watch.look();
    watch.look();
    assertThat(watch.savedMs()).isEmpty();
  }

  @Test
  void aJobThatDoesNotSayWhereItSavesIsNotWatched() throws JobSpecException {
    assertThat(CheckpointWatch.of(spec(""), CONF)).isEmpty();
    assertThat(CheckpointWatch.of(spec(", \"checkpointInterval\": \"10m\""), CONF)).isEmpty();
  }
}
