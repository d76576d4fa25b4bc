package org.yarngpu.cli;

import com.google.common.base.VerifyException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.JarURLConnection;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.util.Collections;

/** The jar that this program was started from; the nodes of the cluster get it too. */
final class OwnJar {
  private static final String SELF = OwnJar.class.getName().replace('.', '/') + ".class";

  private OwnJar() {}

  /**
   * Returns the first jar on the class path that has this class. {@code yarn jar} unpacks the jar
   * and puts the folder before it, so the place of this class itself may be that folder.
   */
  static Path path() {
    try {
      for (URL place : Collections.list(OwnJar.class.getClassLoader().getResources(SELF))) {
        if (place.openConnection() instanceof JarURLConnection jar) {
          return Path.of(jar.getJarFileURL().toURI());
        }
      }
    } catch (IOException unreadable) {
      throw new UncheckedIOException("the program's jar cannot be found", unreadable);
    } catch (URISyntaxException malformed) {
      throw new VerifyException("the program's jar has no proper place", malformed);
    }
    throw new IllegalStateException("the program must be started from its jar");
  }
}
