package org.yarngpu.sim.report;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.yarngpu.sim.RunResult;

/** All reports as files of a folder. A file is there whole or not at all. */
public final class ReportFiles {
  private ReportFiles() {}

  private interface Content {
    void writeTo(Writer writer) throws IOException;
  }

  /**
   * Writes {@code summary.csv}, {@code jobs.csv}, {@code summary.json} and {@code report.html};
   * files of these names are replaced.
   *
   * @param folder made if it is missing
   * @param runs to report on
   * @param comparison of them
   * @param ganttFromMs begin of the hour that the Gantt chart shows, since the start of the trace
   * @return the files, in the order of their names above
   * @throws IOException if the folder is a file, or cannot be written to
   */
  public static ImmutableList<Path> write(
      Path folder, List<RunResult> runs, Comparison comparison, long ganttFromMs)
      throws IOException {
    if (Files.exists(folder) && !Files.isDirectory(folder)) {
      throw new IOException(
          "%s is a file, and reports need a folder. Maybe name another one.".formatted(folder));
    }
    Files.createDirectories(folder);
    return ImmutableList.of(
        write(folder, "summary.csv", to -> CsvReport.writeSummary(comparison, to)),
        write(folder, "jobs.csv", to -> CsvReport.writeJobs(runs, to)),
        write(folder, "summary.json", to -> to.write(JsonReport.of(comparison))),
        write(folder, "report.html", to -> ChartReport.write(runs, comparison, ganttFromMs, to)));
  }

  private static Path write(Path folder, String name, Content content) throws IOException {
    Path whole = folder.resolve(name);
    Path part = folder.resolve("." + name + ".part");
    try {
      try (Writer writer = Files.newBufferedWriter(part)) {
        content.writeTo(writer);
      }
      return Files.move(
          part, whole, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(part);
    }
  }
}
