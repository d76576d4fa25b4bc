package org.yarngpu.cli;

import java.io.IOException;
import java.net.JarURLConnection;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Optional;
import java.util.jar.Attributes;
import java.util.jar.JarFile;

/**
 * The jar that this program was started from; the nodes of the cluster get it too.
 *
 * <p>{@code yarn jar} unpacks the jar and puts the unpacked classes before the jar itself, so the
 * place that this class was loaded from is not the jar: all places that have it are looked at.
 */
final class OwnJar {

  private static final String OWN_CLASS = "org/yarngpu/cli/OwnJar.class";
  private static final String JAR_PROTOCOL = "jar";

  private OwnJar() {}

  /** Returns the jar; empty where the program runs from a folder of classes. */
  static Optional<Path> path() throws IOException {
    for (URL place : Collections.list(OwnJar.class.getClassLoader().getResources(OWN_CLASS))) {
      if (JAR_PROTOCOL.equals(place.getProtocol())
          && place.openConnection() instanceof JarURLConnection connection) {
        return Optional.of(path(connection.getJarFileURL()));
      }
    }
    return Optional.empty();
  }

  /** Returns the version that the build wrote into the jar. */
  static Optional<String> version() throws IOException {
    Optional<Path> jar = path();
    if (jar.isEmpty()) {
      return Optional.empty();
    }
    try (JarFile file = new JarFile(jar.get().toFile())) {
      return Optional.ofNullable(
          file.getManifest().getMainAttributes().getValue(Attributes.Name.IMPLEMENTATION_VERSION));
    }
  }

  private static Path path(URL jar) throws IOException {
    try {
      return Path.of(jar.toURI());
    } catch (URISyntaxException malformed) {
      throw new IOException("the jar's place is malformed: " + jar, malformed);
    }
  }
}
