package org.yarngpu.appmaster;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import org.junit.jupiter.api.Test;

class ShellTextTest {

  @Test
  void theShellGivesWayToTheProgram() {
    assertThat(ShellText.command(ImmutableList.of("python", "train.py")))
        .isEqualTo("exec 'python' 'train.py'");
  }

  @Test
  void whatTheOuterShellWouldReadIsEscaped() {
    assertThat(ShellText.command(ImmutableList.of("bash", "-c", "echo \"$RANK\" `id` \\n")))
        .isEqualTo("exec 'bash' '-c' 'echo \\\"\\$RANK\\\" \\`id\\` \\\\n'");
  }

  @Test
  void aSingleQuoteSurvivesBothShells() {
    assertThat(ShellText.command(ImmutableList.of("it's"))).isEqualTo("exec 'it'\\\\''s'");
  }

  @Test
  void whatTheNodeManagerWouldReplaceIsKeptApart() {
    assertThat(ShellText.command(ImmutableList.of("{{A}}", "<LOG_DIR>", "{\"a\":{\"b\":1}}")))
        .isEqualTo("exec '{''{A}''}' '<''LOG_DIR>' '{\\\"a\\\":{\\\"b\\\":1}''}'");
  }

  @Test
  void aValueIsTakenLiterally() {
    assertThat(ShellText.value("a \"b\" $HOME 'c' {{D}}"))
        .isEqualTo("a \\\"b\\\" \\$HOME 'c' {\"\"{D}\"\"}");
  }
}
