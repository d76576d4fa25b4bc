package org.yarngpu.sim.rm;

import java.util.ArrayList;
import java.util.List;
import org.apache.log4j.Level;
import org.apache.log4j.Logger;

/**
 * Keeps Hadoop and our scheduler from logging every container of a run: warnings and errors alone
 * are left, until restored. A logger whose level was set by somebody keeps it.
 */
final class QuietHadoop {
  private final List<Logger> quietened = new ArrayList<>();

  QuietHadoop() {
    for (String name : List.of("org.apache.hadoop", "org.yarngpu.rm", "org.yarngpu.audit")) {
      Logger logger = Logger.getLogger(name);
      if (logger.getLevel() == null) {
        logger.setLevel(Level.WARN);
        quietened.add(logger);
      }
    }
  }

  void restore() {
    quietened.forEach(logger -> logger.setLevel(null));
  }
}
