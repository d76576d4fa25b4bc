package org.yarngpu.sim.workload;

import com.google.common.collect.ImmutableList;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.yarngpu.scale.ReplicaBounds;
import org.yarngpu.sim.LoadSeries;
import org.yarngpu.sim.Service;
import org.yarngpu.sim.Service.Demand;
import org.yarngpu.sim.ServiceConditions;

/**
 * Reads services from a CSV file {@code
 * service,queue,gpus_per_replica,replicas_min,replicas_max,start_delay_s,load,service_rate,slo_ms}.
 *
 * <p>The column {@code load} names a {@linkplain LoadFile file of its load}, relative to this one.
 * One that names it and has a {@code service_rate}, in requests per second and replica, can be
 * scaled; {@code slo_ms} is the longest wait that is no violation, by default the service time. All
 * three may be empty or missing.
 */
public final class ServiceFile {
  private ServiceFile() {}

  /**
   * Reads the services.
   *
   * @throws TraceException if a file cannot be read, or a row is malformed
   */
  public static ImmutableList<Service> read(Path file) throws TraceException {
    ImmutableList.Builder<Service> found = ImmutableList.builder();
    try (BufferedReader text = TraceText.open(file);
        CSVParser parser = new CSVParser(text, CsvRows.FORMAT)) {
      if (!parser.getHeaderMap().containsKey("gpus_per_replica")) {
        throw new TraceException("%s has no column gpus_per_replica.".formatted(file));
      }
      for (CSVRecord record : parser) {
        long line = parser.getCurrentLineNumber();
        try {
          found.add(
              service(file, new Fields(name -> record.isSet(name) ? record.get(name) : null)));
        } catch (MalformedException malformed) {
          throw new TraceException("%s:%d: %s".formatted(file, line, malformed.getMessage()));
        }
      }
    } catch (IOException failure) {
      throw new TraceException("%s cannot be read: %s".formatted(file, failure));
    }
    return found.build();
  }

  private static Service service(Path file, Fields fields)
      throws MalformedException, TraceException {
    try {
      long startDelayMs =
          fields.has("start_delay_s") ? Math.round(1000 * fields.number("start_delay_s")) : 0;
      return new Service(
          fields.required("service"),
          fields.text("queue"),
          fields.count("gpus_per_replica"),
          fields.count("replicas_min"),
          fields.count("replicas_max"),
          startDelayMs,
          demand(file, fields, startDelayMs));
    } catch (IllegalArgumentException outOfRange) {
      throw new MalformedException(String.valueOf(outOfRange.getMessage()));
    }
  }

  private static Optional<Demand> demand(Path file, Fields fields, long startDelayMs)
      throws MalformedException, TraceException {
    if (!fields.has("load")) {
      return Optional.empty();
    }
    LoadSeries load = LoadFile.read(file.resolveSibling(fields.text("load")));
    if (!fields.has("service_rate")) {
      return Optional.empty();
    }
    double rate = fields.number("service_rate");
    return Optional.of(
        new Demand(
            load,
            new ServiceConditions(
                rate,
                fields.has("slo_ms") ? fields.number("slo_ms") : 1000 / rate,
                startDelayMs,
                new ReplicaBounds(fields.count("replicas_min"), fields.count("replicas_max")))));
  }
}
