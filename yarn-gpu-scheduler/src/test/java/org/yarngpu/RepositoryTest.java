package org.yarngpu;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.yarngpu.model.Reason;
import org.yarngpu.testing.Golden;

/** The repository agrees with itself. Each check is also shown a text that breaks it. */
class RepositoryTest {
  private static final Path TOP = Golden.REPOSITORY;
  private static final ImmutableSet<String> NOT_OURS =
      ImmutableSet.of("target", ".git", ".cluster", ".idea", ".vscode", "LICENSE");
  private static final Pattern UNFINISHED =
      Pattern.compile("\\b(TO" + "DO|FIX" + "ME)\\b(?!.*#\\d)");
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)#\\s]+)(#[^)]*)?\\)");

  private static ImmutableList<Path> files(String... endings) throws IOException {
    List<Path> files = new ArrayList<>();
    collect(TOP, files);
    return files.stream()
        .filter(file -> Stream.of(endings).anyMatch(file.toString()::endsWith))
        .collect(ImmutableList.toImmutableList());
  }

  private static void collect(Path folder, List<Path> files) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      for (Path entry : entries.sorted().toList()) {
        if (NOT_OURS.contains(entry.getFileName().toString())) {
          continue;
        }
        if (Files.isDirectory(entry)) {
          collect(entry, files);
        } else {
          files.add(entry);
        }
      }
    }
  }

  /** What the check says about each file. */
  private static List<String> findings(
      BiFunction<Path, String, List<String>> check, List<Path> files) throws IOException {
    assertThat(files).isNotEmpty();
    List<String> findings = new ArrayList<>();
    for (Path file : files) {
      check
          .apply(file, Files.readString(file))
          .forEach(finding -> findings.add(TOP.relativize(file) + ": " + finding));
    }
    return findings;
  }

  private static List<String> linesWith(Pattern pattern, String text) {
    return text.lines().filter(line -> pattern.matcher(line).find()).toList();
  }

  private static List<String> brokenLinks(Path file, String text) {
    List<String> broken = new ArrayList<>();
    Matcher link = LINK.matcher(text);
    while (link.find()) {
      String target = link.group(1);
      if (!target.contains(":") && !Files.exists(file.resolveSibling(target))) {
        broken.add(target);
      }
    }
    return broken;
  }

  private static List<String> missingReasons(String text) {
    return Stream.of(Reason.values())
        .map(Reason::name)
        .filter(name -> !text.contains("`" + name + "`"))
        .toList();
  }

  @Test
  void sourcesHaveNoTabs() throws IOException {
    Pattern tab = Pattern.compile("\t");
    assertThat(findings((file, text) -> linesWith(tab, text), files(".java", ".xml", ".md", ".sh")))
        .isEmpty();
    assertThat(linesWith(tab, "a\n\tb")).containsExactly("\tb");
  }

  @Test
  void whatIsUnfinishedNamesItsIssue() throws IOException {
    assertThat(
            findings(
                (file, text) -> linesWith(UNFINISHED, text), files(".java", ".xml", ".md", ".sh")))
        .isEmpty();
    String without = "// TO" + "DO later";
    assertThat(linesWith(UNFINISHED, without + "\n" + without + " #12")).containsExactly(without);
  }

  @Test
  void relativeLinksOfTheDocumentsLeadSomewhere() throws IOException {
    assertThat(findings(RepositoryTest::brokenLinks, files(".md"))).isEmpty();
    assertThat(
            brokenLinks(
                TOP.resolve("docs/x.md"), "[a](nowhere.md#b) [c](../pom.xml) [d](https://e.org)"))
        .containsExactly("nowhere.md");
  }

  @Test
  void everyReasonIsExplainedToUsers() throws IOException {
    assertThat(missingReasons(Files.readString(TOP.resolve("docs/submitting.md")))).isEmpty();
    assertThat(missingReasons("`FRAGMENTED`"))
        .hasSize(Reason.values().length - 1)
        .doesNotContain("FRAGMENTED");
  }

  /** A script prints the comment at its top; what is sourced has none to print. */
  @Test
  void everyScriptExplainsItself() throws IOException {
    List<Path> scripts;
    try (Stream<Path> entries = Files.list(TOP.resolve("scripts"))) {
      scripts =
          entries
              .filter(Files::isRegularFile)
              .filter(script -> Files.isExecutable(script))
              .sorted()
              .toList();
    }
    assertThat(findings((file, text) -> unexplained(text), scripts)).isEmpty();
    assertThat(unexplained("#!/usr/bin/env bash\nset -e\n")).hasSize(1);
  }

  private static List<String> unexplained(String script) {
    return script.contains("-h") && script.contains("usage") && script.contains("#   scripts/")
        ? List.of()
        : List.of("has no usage under -h");
  }
}
