package org.yarngpu.sim.workload;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;
import org.yarngpu.sim.Job;
import org.yarngpu.sim.Workload;

/**
 * Writes workloads in our own schema, see {@link GpuCsv}: equal workloads give equal bytes, and
 * reading them gives the workload again. Times keep their milliseconds.
 */
public final class TraceWriter {

  private static final CSVFormat FORMAT =
      CSVFormat.DEFAULT
          .builder()
          .setRecordSeparator('\n')
          .setHeader(GpuCsv.COLUMNS.toArray(String[]::new))
          .build();

  private TraceWriter() {}

  /** Writes a file, packed if its name ends with {@code .gz}. */
  public static void write(Workload workload, Path file) throws IOException {
    try (OutputStream bytes = Files.newOutputStream(file);
        OutputStream packed =
            file.toString().endsWith(".gz") ? new GZIPOutputStream(bytes) : bytes;
        Writer text = new BufferedWriter(new OutputStreamWriter(packed, StandardCharsets.UTF_8))) {
      write(workload, text);
    }
  }

  /** Writes the text. */
  static void write(Workload workload, Appendable out) throws IOException {
    CSVPrinter printer = new CSVPrinter(out, FORMAT);
    for (Job job : workload.jobs()) {
      boolean part = job.gpus() == 1 && job.deviceShare() < 1;
      printer.printRecord(
          job.id(),
          seconds(job.submitMs()),
          seconds(job.runMs()),
          part ? Double.toString(job.deviceShare()) : job.gpus(),
          part ? Double.toString(job.deviceShare()) : job.gpusPerMember(),
          job.user(),
          job.group(),
          job.queue(),
          "",
          job.gpuModel(),
          seconds(job.estimateMs()),
          job.priority() == 0 ? "" : job.priority(),
          seconds(job.checkpointMs()),
          part || job.deviceShare() == 1 ? "" : Double.toString(job.deviceShare()));
    }
    printer.flush();
  }

  private static String seconds(OptionalLong ms) {
    return ms.isPresent() ? seconds(ms.getAsLong()) : "";
  }

  private static String seconds(long ms) {
    return ms % 1000 == 0 ? Long.toString(ms / 1000) : BigDecimal.valueOf(ms, 3).toPlainString();
  }
}
