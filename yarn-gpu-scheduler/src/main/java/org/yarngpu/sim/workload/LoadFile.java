package org.yarngpu.sim.workload;

import com.google.common.primitives.ImmutableDoubleArray;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.yarngpu.sim.LoadSeries;

/**
 * Reads the load of a service from a CSV file, plain or gzip, of one of two forms.
 *
 * <ul>
 *   <li>{@code timestamp_s,requests,interval_s} and any other columns: the requests of each
 *       interval, all of one length, in any order. Rows of several services at one time are added
 *       up. An interval without a row is not known.
 *   <li>{@code submit_s} and any other columns: a row a request, counted by the minute.
 * </ul>
 */
public final class LoadFile {
  private static final String REQUESTS = "requests";
  private static final String INTERVAL = "interval_s";
  private static final String TIMESTAMP = "timestamp_s";
  private static final String SUBMIT = "submit_s";
  private static final long MINUTE_MS = 60_000;

  /** A month of seconds is 2.7 million. */
  private static final long INTERVALS_MAX = 10_000_000;

  private final Path file;

  /** Requests by the start of the interval. */
  private final SortedMap<Long, Double> requests = new TreeMap<>();

  private long intervalMs;

  /** What an interval without a row had. */
  private double absent = Double.NaN;

  private LoadFile(Path file) {
    this.file = file;
  }

  /**
   * Reads the series.
   *
   * @throws TraceException if the file cannot be read, a row is malformed, or there is none
   */
  public static LoadSeries read(Path file) throws TraceException {
    return new LoadFile(file).series();
  }

  private LoadSeries series() throws TraceException {
    try (BufferedReader text = TraceText.open(file);
        CSVParser parser = new CSVParser(text, CsvRows.FORMAT)) {
      boolean counted = counted(parser.getHeaderMap());
      Iterator<CSVRecord> rows = parser.iterator();
      while (rows.hasNext()) {
        CSVRecord row = rows.next();
        try {
          read(row, counted);
        } catch (MalformedException malformed) {
          throw new TraceException(
              "%s:%d: %s".formatted(file, parser.getCurrentLineNumber(), malformed.getMessage()));
        }
      }
    } catch (IllegalArgumentException | IllegalStateException | UncheckedIOException malformed) {
      throw new TraceException(
          "%s is not CSV: %s".formatted(file, malformed.getMessage()), malformed);
    } catch (IOException failure) {
      throw new TraceException("%s cannot be read: %s".formatted(file, failure), failure);
    }
    if (requests.isEmpty()) {
      throw new TraceException("%s has no rows.".formatted(file));
    }
    return new LoadSeries(String.valueOf(file.getFileName()), intervalMs, loads());
  }

  /** Whether rows are intervals with their requests; else each is a request. */
  private boolean counted(Map<String, Integer> columns) throws TraceException {
    if (columns.containsKey(REQUESTS)
        && columns.containsKey(TIMESTAMP)
        && columns.containsKey(INTERVAL)) {
      return true;
    }
    if (columns.containsKey(SUBMIT)) {
      return false;
    }
    throw new TraceException(
        "%s must have the columns timestamp_s, requests and interval_s, or submit_s. It has: %s"
            .formatted(file, String.join(", ", columns.keySet())));
  }

  private void read(CSVRecord row, boolean counted) throws MalformedException {
    if (!row.isConsistent()) {
      throw new MalformedException(
          "the line has %s fields but the header %s"
              .formatted(row.size(), row.getParser().getHeaderNames().size()));
    }
    Fields fields = new Fields(name -> row.isSet(name) ? row.get(name) : null);
    if (!counted) {
      intervalMs = MINUTE_MS;
      absent = 0;
      add(fields.secondsAsMs(SUBMIT) / MINUTE_MS * MINUTE_MS, 1);
      return;
    }
    long ms = fields.secondsAsMs(INTERVAL);
    if (ms == 0 || (intervalMs != 0 && intervalMs != ms)) {
      throw new MalformedException(
          "interval_s is \"%s\" but must be positive and the same in all rows"
              .formatted(fields.text(INTERVAL)));
    }
    intervalMs = ms;
    add(fields.secondsAsMs(TIMESTAMP), fields.number(REQUESTS));
  }

  private void add(long atMs, double count) throws MalformedException {
    if (!requests.isEmpty()) {
      long first = requests.firstKey();
      if ((atMs - first) % intervalMs != 0) {
        throw new MalformedException(
            "timestamp_s is %s, which is no whole number of intervals from that of other rows"
                .formatted(atMs / 1000.0));
      }
      if (Math.max(atMs, requests.lastKey()) - Math.min(atMs, first)
          >= INTERVALS_MAX * intervalMs) {
        throw new MalformedException("more than %,d intervals".formatted(INTERVALS_MAX));
      }
    }
    requests.merge(atMs, count, Double::sum);
  }

  private ImmutableDoubleArray loads() {
    long first = requests.firstKey();
    double[] loads = new double[(int) ((requests.lastKey() - first) / intervalMs) + 1];
    Arrays.fill(loads, absent);
    requests.forEach(
        (atMs, count) -> loads[(int) ((atMs - first) / intervalMs)] = count * 1000 / intervalMs);
    return ImmutableDoubleArray.copyOf(loads);
  }
}
