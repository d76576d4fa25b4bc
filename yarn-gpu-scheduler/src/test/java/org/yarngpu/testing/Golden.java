package org.yarngpu.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Files of the repository that a test keeps equal to what the code says. */
public final class Golden {
  /** The top of the checkout; tests run in the module's folder. */
  public static final Path REPOSITORY = Path.of("").toAbsolutePath().getParent();

  private Golden() {}

  /** Asserts that the file holds the text; {@code -Dgolden.update} writes it instead. */
  public static void assertHolds(String file, String text) {
    Path path = REPOSITORY.resolve(file);
    try {
      if (Boolean.getBoolean("golden.update")) {
        Files.writeString(path, text);
      }
      assertThat(Files.readString(path))
          .as("%s; if the change is meant: mvn test -Dgolden.update=true", file)
          .isEqualTo(text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
