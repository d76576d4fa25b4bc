package org.yarngpu.sim.workload;

import com.google.common.collect.ImmutableList;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Iterator;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

/** The rows of a CSV file (RFC 4180) whose first line names the columns, in any order. */
final class CsvRows {

  static final CSVFormat FORMAT =
      CSVFormat.DEFAULT
          .builder()
          .setHeader()
          .setSkipHeaderRecord(true)
          .setAllowMissingColumnNames(true)
          .setRecordSeparator('\n')
          .build();

  private CsvRows() {}

  /** What a format does with a row. */
  interface RowReader {
    void read(Fields row) throws MalformedException;
  }

  /**
   * Reads all rows.
   *
   * @param columns without which the file is not of the format
   */
  static void read(Path file, ImmutableList<String> columns, JobCollector into, RowReader reader)
      throws IOException, TraceException {
    try (BufferedReader text = TraceText.open(file);
        CSVParser parser = parser(file, text)) {
      for (String column : columns) {
        if (!parser.getHeaderMap().containsKey(column)) {
          throw new TraceException(
              "%s has no column %s. It has: %s"
                  .formatted(file, column, String.join(", ", parser.getHeaderNames())));
        }
      }
      Iterator<CSVRecord> records = parser.iterator();
      while (hasNext(records, file, parser, into)) {
        CSVRecord row = records.next();
        into.row(file.toString(), parser.getCurrentLineNumber(), () -> reader.read(fields(row)));
      }
    }
  }

  private static CSVParser parser(Path file, BufferedReader text)
      throws IOException, TraceException {
    try {
      return new CSVParser(text, FORMAT);
    } catch (IllegalArgumentException malformed) {
      throw new TraceException(
          "%s has a malformed header: %s".formatted(file, malformed.getMessage()), malformed);
    }
  }

  /** What follows a quotation mark that is not closed cannot be read. */
  private static boolean hasNext(
      Iterator<CSVRecord> records, Path file, CSVParser parser, JobCollector into) {
    try {
      return records.hasNext();
    } catch (IllegalStateException | UncheckedIOException malformed) {
      into.malformed(
          file.toString(),
          parser.getCurrentLineNumber(),
          "neither this line nor the rest is CSV: " + malformed.getMessage());
      return false;
    }
  }

  private static Fields fields(CSVRecord row) throws MalformedException {
    if (!row.isConsistent()) {
      throw new MalformedException(
          "the line has %s fields but the header %s"
              .formatted(row.size(), row.getParser().getHeaderNames().size()));
    }
    return new Fields(column -> row.isSet(column) ? row.get(column) : "");
  }
}
