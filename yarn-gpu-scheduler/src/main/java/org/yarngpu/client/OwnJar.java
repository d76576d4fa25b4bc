package org.yarngpu.client;

import static com.google.common.base.Preconditions.checkState;

import java.nio.file.Path;
import org.apache.hadoop.util.ClassUtil;

/** The jar that this program was started from; the nodes of the cluster get it too. */
public final class OwnJar {

  private OwnJar() {}

  /**
   * Returns the jar's path. The class itself may come from elsewhere: {@code yarn jar} unpacks the
   * jar and puts the copy before it.
   */
  public static Path path() {
    String jar = ClassUtil.findContainingJar(OwnJar.class);
    checkState(jar != null, "the program must be started from its jar");
    return Path.of(jar);
  }
}
