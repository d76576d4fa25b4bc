package org.yarngpu.sim.workload;

import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.base.Ascii;
import com.google.common.base.CharMatcher;
import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Pattern;
import org.yarngpu.job.NearestName;

/** The formats that traces are read from; each reader says what its fields become. */
public enum TraceFormat {
  /** Our own CSV. */
  GPU,
  /** Parallel Workloads Archive. */
  SWF,
  /** Microsoft Philly, JSON. */
  PHILLY,
  /** SenseTime Helios, CSV. */
  HELIOS,
  /** Alibaba PAI 2020, CSV of its simulator. */
  PAI,
  /** Alibaba openb 2023, CSV. */
  OPENB,
  /** Hadoop's Scheduler Load Simulator, JSON. */
  SLS,
  /** Answers of a ResourceManager, JSON. */
  YARN;

  private static final int HEAD_CHARACTERS = 65_536;
  private static final Splitter COLUMNS =
      Splitter.on(',').trimResults(CharMatcher.whitespace().or(CharMatcher.is('"')));
  private static final Pattern SWF_LINE = Pattern.compile("\\s*\\d+(\\s+-?[\\d.]+){17}\\s*");
  private static final Pattern EXTENSION =
      Pattern.compile("(\\.(csv|json|swf|txt|log))?(\\.gz)?$", Pattern.CASE_INSENSITIVE);

  /** As users write it. */
  public String text() {
    return Ascii.toLowerCase(name());
  }

  /** All names, separated by commas. */
  public static String known() {
    return String.join(", ", texts());
  }

  private static ImmutableList<String> texts() {
    return Arrays.stream(values()).map(TraceFormat::text).collect(toImmutableList());
  }

  /**
   * Returns the format of this name.
   *
   * @throws TraceException if there is none
   */
  public static TraceFormat named(String text) throws TraceException {
    for (TraceFormat format : values()) {
      if (format.text().equals(text)) {
        return format;
      }
    }
    throw new TraceException(
        "Unknown trace format %s; known are %s.%s"
            .formatted(text, known(), NearestName.hint(text, texts())));
  }

  /**
   * Returns the format that the input looks like.
   *
   * @param input a file, or a directory of saved answers of a ResourceManager
   * @throws TraceException if it looks like none, or cannot be read
   */
  public static TraceFormat of(Path input) throws TraceException {
    if (Files.isDirectory(input)) {
      return YARN;
    }
    try {
      return ofText(input, TraceText.head(input, HEAD_CHARACTERS));
    } catch (IOException failure) {
      throw unreadable(input, failure);
    }
  }

  private static TraceFormat ofText(Path input, String head) throws TraceException {
    String content = CharMatcher.whitespace().trimLeadingFrom(head);
    if (content.startsWith("{") || content.startsWith("[")) {
      return ofJson(input, content);
    }
    String line = content.lines().findFirst().orElse("");
    if (line.startsWith(";") || SWF_LINE.matcher(line).matches()) {
      return SWF;
    }
    ImmutableSet<String> columns = ImmutableSet.copyOf(COLUMNS.split(line));
    if (columns.containsAll(GpuCsv.REQUIRED)) {
      return GPU;
    }
    if (columns.containsAll(Helios.REQUIRED)) {
      return HELIOS;
    }
    if (columns.containsAll(Openb.REQUIRED)) {
      return OPENB;
    }
    if (columns.containsAll(Pai.REQUIRED)) {
      return PAI;
    }
    throw unknown(input);
  }

  private static TraceFormat ofJson(Path input, String content) throws TraceException {
    if (content.contains("\"job.tasks\"") || content.contains("\"job.start.ms\"")) {
      return SLS;
    }
    if (content.contains("\"jobid\"") || content.contains("\"submitted_time\"")) {
      return PHILLY;
    }
    if (content.contains("\"apps\"") || content.contains("\"app\"")) {
      return YARN;
    }
    throw unknown(input);
  }

  private static TraceException unknown(Path input) {
    return new TraceException(
        "%s looks like no known trace format; known are %s. Maybe name its format: --format"
            .formatted(input, known()));
  }

  /**
   * Reads a trace.
   *
   * @throws TraceException if the input cannot be read, or is not of this format at all
   */
  public TraceReading read(Path input) throws TraceException {
    if (Files.isDirectory(input) && this != YARN) {
      throw new TraceException(
          "%s is a directory, but %s is read from one file.".formatted(input, text()));
    }
    JobCollector collector = new JobCollector();
    try {
      reader().read(input, collector);
    } catch (IOException failure) {
      throw unreadable(input, failure);
    }
    String name =
        EXTENSION
            .matcher(input.toAbsolutePath().normalize().getFileName().toString())
            .replaceFirst("");
    return hasDates() ? collector.readingFromFirstSubmission(name) : collector.reading(name);
  }

  private static TraceException unreadable(Path input, IOException failure) {
    return failure instanceof NoSuchFileException
        ? new TraceException("%s: there is no such file.".formatted(input), failure)
        : new TraceException(
            "%s cannot be read: %s".formatted(input, failure.getMessage()), failure);
  }

  private boolean hasDates() {
    return this == PHILLY || this == HELIOS || this == YARN;
  }

  private TraceReader reader() {
    return switch (this) {
      case GPU -> new GpuCsv();
      case SWF -> new Swf();
      case PHILLY -> new Philly();
      case HELIOS -> new Helios();
      case PAI -> new Pai();
      case OPENB -> new Openb();
      case SLS -> new Sls();
      case YARN -> new YarnHistory();
    };
  }
}
