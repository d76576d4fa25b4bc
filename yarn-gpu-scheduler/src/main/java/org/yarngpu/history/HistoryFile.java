package org.yarngpu.history;

import com.google.common.base.Ascii;
import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.yarngpu.storage.FileTime;

/**
 * The name of a file, such as {@code completions-20260131T235959.999Z-000001.jsonl}.
 *
 * <p>Names sort by the start of the process that wrote them, not by when they were written: what a
 * ResourceManager writes that has been replaced and does not know it yet, counts as older than what
 * its successor writes.
 *
 * @param kind what it holds
 * @param runMs when its writer started, milliseconds since 1970
 * @param number counts the files of one writer
 */
record HistoryFile(Kind kind, long runMs, int number) {

  enum Kind {
    COMPLETIONS(".jsonl"),
    SNAPSHOT(".jsonl.gz"),
    USE(".jsonl.gz");

    private final String suffix;

    Kind(String suffix) {
      this.suffix = suffix;
    }
  }

  static final Comparator<HistoryFile> OLDEST_FIRST =
      Comparator.comparingLong(HistoryFile::runMs).thenComparingInt(HistoryFile::number);

  private static final Pattern NAME =
      Pattern.compile("(completions|snapshot|use)-([0-9TZ.]+)-([0-9]{6})(\\.jsonl(?:\\.gz)?)");

  String text() {
    return String.format(
        Locale.ROOT,
        "%s-%s-%06d%s",
        Ascii.toLowerCase(kind.name()),
        FileTime.text(runMs),
        number,
        kind.suffix);
  }

  /** All files of these kinds, oldest first. */
  static ImmutableList<HistoryFile> in(Folder folder, Set<Kind> kinds) throws IOException {
    return folder.list().stream()
        .map(HistoryFile::parse)
        .flatMap(Optional::stream)
        .filter(file -> kinds.contains(file.kind()))
        .sorted(OLDEST_FIRST)
        .collect(ImmutableList.toImmutableList());
  }

  /** Start of the latest process that wrote one of them; the least number if there is none. */
  static long lastRunMs(ImmutableList<HistoryFile> oldestFirst) {
    return oldestFirst.isEmpty() ? Long.MIN_VALUE : oldestFirst.get(oldestFirst.size() - 1).runMs();
  }

  /** Empty where the name is none of ours. */
  static Optional<HistoryFile> parse(String name) {
    Matcher matcher = NAME.matcher(name);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    Kind kind = Kind.valueOf(Ascii.toUpperCase(matcher.group(1)));
    OptionalLong runMs = FileTime.ms(matcher.group(2));
    return runMs.isPresent() && matcher.group(4).equals(kind.suffix)
        ? Optional.of(new HistoryFile(kind, runMs.getAsLong(), Integer.parseInt(matcher.group(3))))
        : Optional.empty();
  }
}
