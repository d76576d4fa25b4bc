package org.yarngpu.sim.workload;

import java.io.IOException;
import java.nio.file.Path;

/** Reads one format. */
interface TraceReader {

  /**
   * Reads all rows; one that is malformed goes to the collector and ends nothing.
   *
   * @throws TraceException if the file is not of the format at all
   */
  void read(Path input, JobCollector into) throws IOException, TraceException;
}
