package org.yarngpu.history.hadoop;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On a local disk. */
class HadoopFolderTest {
  @TempDir private Path above;
  private Path path;
  private HadoopFolder folder;

  @BeforeEach
  void name() {
    path = above.resolve("history");
    folder = HadoopFolder.at(path.toUri().toString());
  }

  @Test
  void aFolderThatIsNotThereHasNoFiles() throws IOException {
    assertThat(folder.list()).isEmpty();
    folder.delete("none");
    folder.make();
    folder.make();
    Files.createDirectory(path.resolve("inner"));
    assertThat(folder.list()).isEmpty();
  }

  @Test
  void whatIsFlushedCanBeReadWhileTheFileIsOpen() throws IOException {
    folder.make();
    try (OutputStream out = folder.create("a")) {
      out.write("line\n".getBytes(US_ASCII));
      out.flush();
      assertThat(folder.open("a").readAllBytes()).asString(US_ASCII).isEqualTo("line\n");
    }
    assertThat(folder.list()).containsExactly("a"); // and no checksums beside it
    assertThat(path.toFile().list()).containsExactly("a");
  }

  @Test
  void aFileThatIsThereIsNotBegunAgain() throws IOException {
    folder.make();
    folder.create("a").close();
    assertThatThrownBy(() -> folder.create("a")).isInstanceOf(FileAlreadyExistsException.class);
  }

  @Test
  void aFileGetsAnotherName() throws IOException {
    folder.make();
    folder.create("a").close();
    folder.rename("a", "b");
    assertThat(folder.list()).containsExactly("b");
    assertThatThrownBy(() -> folder.rename("a", "c")).isInstanceOf(IOException.class);
  }

  @Test
  void aFileSystemThatIsNotThereIsAnError() {
    assertThatThrownBy(() -> HadoopFolder.at("nosuch:///history").list())
        .isInstanceOf(IOException.class)
        .hasMessageContaining("nosuch");
    assertThatThrownBy(() -> HadoopFolder.at("")).isInstanceOf(IllegalArgumentException.class);
  }
}
