package org.yarngpu.sim.workload;

import com.google.common.collect.ImmutableList;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.yarngpu.sim.Service;
import org.yarngpu.sim.Service.Load;

/**
 * Reads services from a CSV file {@code
 * service,queue,gpus_per_replica,replicas_min,replicas_max,start_delay_s,load}.
 *
 * <p>The last column names a file, relative to this one, {@code
 * service,timestamp_s,requests,interval_s} with the requests of each interval; it may be empty. Of
 * a load file that has several services all rows count, as those of one.
 */
public final class ServiceFile {
  private ServiceFile() {}

  /** A row of a file and where it stands. */
  private record Row(Path file, long line, Fields fields) {}

  private interface RowReader<T> {
    T read(Row row) throws MalformedException, TraceException;
  }

  /**
   * Reads the services.
   *
   * @throws TraceException if a file cannot be read, or a row is malformed
   */
  public static ImmutableList<Service> read(Path file) throws TraceException {
    return read(file, "gpus_per_replica", row -> service(row));
  }

  private static Service service(Row row) throws MalformedException, TraceException {
    Fields fields = row.fields;
    try {
      return new Service(
          fields.required("service"),
          fields.text("queue"),
          fields.count("gpus_per_replica"),
          fields.count("replicas_min"),
          fields.count("replicas_max"),
          fields.has("start_delay_s") ? Math.round(1000 * fields.number("start_delay_s")) : 0,
          fields.has("load")
              ? load(row.file.resolveSibling(fields.text("load")))
              : ImmutableList.of());
    } catch (IllegalArgumentException outOfRange) {
      throw new MalformedException(String.valueOf(outOfRange.getMessage()));
    }
  }

  private static ImmutableList<Load> load(Path file) throws TraceException {
    Map<Long, Double> rates = new HashMap<>();
    for (Load one : read(file, "requests", row -> load(row.fields))) {
      rates.merge(one.atMs(), one.requestsPerSecond(), Double::sum);
    }
    List<Load> load = new ArrayList<>();
    rates.forEach((atMs, rate) -> load.add(new Load(atMs, rate)));
    load.sort(Comparator.comparingLong(Load::atMs));
    return ImmutableList.copyOf(load);
  }

  private static Load load(Fields fields) throws MalformedException {
    double intervalSeconds = fields.number("interval_s");
    if (intervalSeconds == 0) {
      throw new MalformedException("interval_s is 0");
    }
    return new Load(
        Math.round(1000 * fields.number("timestamp_s")),
        fields.number("requests") / intervalSeconds);
  }

  private static <T> ImmutableList<T> read(Path file, String column, RowReader<T> reader)
      throws TraceException {
    ImmutableList.Builder<T> found = ImmutableList.builder();
    try (BufferedReader text = TraceText.open(file);
        CSVParser parser = new CSVParser(text, CsvRows.FORMAT)) {
      if (!parser.getHeaderMap().containsKey(column)) {
        throw new TraceException("%s has no column %s.".formatted(file, column));
      }
      for (CSVRecord record : parser) {
        Row row =
            new Row(
                file,
                parser.getCurrentLineNumber(),
                new Fields(name -> record.isSet(name) ? record.get(name) : null));
        try {
          found.add(reader.read(row));
        } catch (MalformedException malformed) {
          throw new TraceException("%s:%d: %s".formatted(file, row.line, malformed.getMessage()));
        }
      }
    } catch (IOException failure) {
      throw new TraceException("%s cannot be read: %s".formatted(file, failure));
    }
    return found.build();
  }
}
