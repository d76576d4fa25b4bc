package org.yarngpu.nm;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Asks the driver, by {@code nvidia-smi} or a program that answers the same two questions, how busy
 * devices are and which processes have memory on them.
 */
final class NvidiaSmi {
  private static final String FORM = "--format=csv,noheader,nounits";
  private static final String DEVICES =
      "--query-gpu=index,uuid,utilization.gpu,memory.used,memory.total";
  private static final String PROCESSES = "--query-compute-apps=gpu_uuid,pid,used_memory";
  private static final Splitter FIELDS = Splitter.on(',').trimResults();
  private static final int MESSAGE_CHARS_MAX = 200;

  private final String program;
  private final Duration limit;

  /**
   * A device as the driver sees it.
   *
   * @param index in the order of the PCI bus
   * @param percent of the last sample period in which a kernel ran, in [0, 100]; empty if unknown
   * @param usedMib memory in use by anybody; empty if unknown
   * @param totalMib memory; empty if unknown
   */
  record Device(
      int index, String uuid, OptionalLong percent, OptionalLong usedMib, OptionalLong totalMib) {}

  /**
   * A process with a context on a device.
   *
   * @param usedMib its memory on the device; empty if unknown
   */
  record OnDevice(String uuid, long pid, OptionalLong usedMib) {}

  /** What the driver said at one instant. */
  record Reading(ImmutableList<Device> devices, ImmutableList<OnDevice> processes) {

    /** How busy each device is whose use is known, by its index. */
    ImmutableSortedMap<Integer, Long> percents() {
      ImmutableSortedMap.Builder<Integer, Long> percents = ImmutableSortedMap.naturalOrder();
      for (Device device : devices) {
        device.percent().ifPresent(percent -> percents.put(device.index(), percent));
      }
      return percents.build();
    }
  }

  /**
   * Names the program.
   *
   * @param program a path, or a name on the NodeManager's PATH
   * @param limit for each of the two questions
   */
  NvidiaSmi(String program, Duration limit) {
    this.program = program;
    this.limit = limit;
  }

  /**
   * Asks both questions.
   *
   * @throws IOException if there is no answer in time, or none that can be read
   */
  Reading read() throws IOException, InterruptedException {
    return new Reading(
        parse(answer(DEVICES), 5, NvidiaSmi::device),
        parse(answer(PROCESSES), 3, NvidiaSmi::process));
  }

  private String answer(String question) throws IOException, InterruptedException {
    // Into a file: a pipe would be waited for as long as a hung driver keeps it open.
    Path output = Files.createTempFile("gpu-sample", ".csv");
    try {
      Process process =
          new ProcessBuilder(program, question, FORM)
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly();
        throw new IOException(
            "%s %s did not answer within %d ms".formatted(program, question, limit.toMillis()));
      }
      String text = Files.readString(output, StandardCharsets.UTF_8);
      if (process.exitValue() != 0) {
        throw new IOException(
            "%s %s ended with %d: %s"
                .formatted(program, question, process.exitValue(), shortened(text)));
      }
      return text;
    } finally {
      Files.delete(output);
    }
  }

  static <T> ImmutableList<T> parse(String text, int fields, Function<List<String>, T> reader)
      throws IOException {
    ImmutableList.Builder<T> rows = ImmutableList.builder();
    for (String line : text.lines().filter(line -> !line.isBlank()).collect(Collectors.toList())) {
      List<String> row = FIELDS.splitToList(line);
      try {
        if (row.size() != fields) {
          throw new NumberFormatException("not " + fields + " fields");
        }
        rows.add(reader.apply(row));
      } catch (NumberFormatException e) {
        throw new IOException("The line \"" + shortened(line) + "\" cannot be read", e);
      }
    }
    return rows.build();
  }

  static Device device(List<String> row) {
    return new Device(
        Integer.parseInt(row.get(0)),
        row.get(1),
        number(row.get(2)),
        number(row.get(3)),
        number(row.get(4)));
  }

  static OnDevice process(List<String> row) {
    return new OnDevice(row.get(0), Long.parseLong(row.get(1)), number(row.get(2)));
  }

  /** A number, or nothing for what the driver does not tell: {@code [N/A]} and its like. */
  private static OptionalLong number(String field) {
    return field.startsWith("[") || field.equals("N/A")
        ? OptionalLong.empty()
        : OptionalLong.of(Long.parseLong(field));
  }

  private static String shortened(String text) {
    String line = text.strip();
    return line.length() <= MESSAGE_CHARS_MAX ? line : line.substring(0, MESSAGE_CHARS_MAX) + "…";
  }
}
