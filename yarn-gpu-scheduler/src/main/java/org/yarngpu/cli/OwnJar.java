package org.yarngpu.cli;

import static com.google.common.base.Preconditions.checkState;

import com.google.common.base.VerifyException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;

/** The jar that this program was started from; the nodes of the cluster get it too. */
final class OwnJar {

  private OwnJar() {}

  static Path path() {
    CodeSource source = OwnJar.class.getProtectionDomain().getCodeSource();
    checkState(source != null, "the program does not know what it was started from");
    try {
      Path jar = Path.of(source.getLocation().toURI());
      checkState(
          Files.isRegularFile(jar), "the program must be started from its jar, not from %s", jar);
      return jar;
    } catch (URISyntaxException malformed) {
      throw new VerifyException("the program's jar has no proper place", malformed);
    }
  }
}
