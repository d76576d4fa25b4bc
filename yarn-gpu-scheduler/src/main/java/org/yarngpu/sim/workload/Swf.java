package org.yarngpu.sim.workload;

import com.google.common.base.CharMatcher;
import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The Standard Workload Format 2.2 of the Parallel Workloads Archive: 18 numbers a line, -1 for
 * unknown, comments behind {@code ;}.
 *
 * <p>Processors are taken for GPUs, each a member of its own: those allocated, or those requested
 * where the log has no others. {@code group} is user and executable; {@code queue} is the queue's
 * number. A job that was cancelled before it started is left out.
 *
 * <p>Source: Feitelson, Tsafrir, Krakov, "Experience with using the Parallel Workloads Archive",
 * JPDC 2014; https://www.cs.huji.ac.il/labs/parallel/workload/swf.html
 */
final class Swf implements TraceReader {

  private static final CharMatcher SPACE = CharMatcher.whitespace();
  private static final Splitter WORDS = Splitter.on(SPACE).omitEmptyStrings();

  /** The fields in their order. */
  static final ImmutableList<String> FIELDS =
      ImmutableList.of(
          "job number",
          "submit time",
          "wait time",
          "run time",
          "allocated processors",
          "average CPU time",
          "used memory",
          "requested processors",
          "requested time",
          "requested memory",
          "status",
          "user",
          "group",
          "executable",
          "queue",
          "partition",
          "preceding job",
          "think time");

  private static final String CANCELLED = "5";

  @Override
  public void read(Path input, JobCollector into) throws IOException {
    try (BufferedReader text = TraceText.open(input)) {
      long line = 0;
      @Nullable String row;
      while ((row = text.readLine()) != null) {
        line++;
        String content = SPACE.trimFrom(row);
        if (!content.isEmpty() && !content.startsWith(";")) {
          into.row(input.toString(), line, () -> add(fields(content), into));
        }
      }
    }
  }

  private static Fields fields(String row) throws MalformedException {
    List<String> words = WORDS.splitToList(row);
    if (words.size() != FIELDS.size()) {
      throw new MalformedException(
          "the line has %s fields but must have %s".formatted(words.size(), FIELDS.size()));
    }
    return new Fields(
        field -> {
          String word = words.get(FIELDS.indexOf(field));
          return word.equals("-1") ? "" : word;
        });
  }

  private static void add(Fields row, JobCollector into) throws MalformedException {
    String id = row.required("job number");
    if (row.text("status").equals(CANCELLED)
        && (!row.has("run time") || row.number("run time") == 0)) {
      into.leaveOut("cancelled before it started");
      return;
    }
    if (!row.has("run time")) {
      throw new MalformedException("job %s has no run time".formatted(id));
    }
    into.add(
        new JobDraft(id, row.secondsAsMs("submit time"), row.secondsAsMs("run time"), shape(row))
            .user(row.text("user"))
            .group(row.has("executable") ? row.text("user") + "/" + row.text("executable") : "")
            .queue(row.text("queue"))
            .estimateMs(row.optionalSecondsAsMs("requested time")));
  }

  private static Shape shape(Fields row) throws MalformedException {
    boolean allocated =
        row.has("allocated processors") && !row.text("allocated processors").equals("0");
    return Shape.ofSingles(row.count(allocated ? "allocated processors" : "requested processors"));
  }
}
