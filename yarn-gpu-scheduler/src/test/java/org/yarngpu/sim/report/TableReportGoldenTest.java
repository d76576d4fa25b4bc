package org.yarngpu.sim.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import org.junit.jupiter.api.Test;
import org.yarngpu.sim.RunResult;
import org.yarngpu.testing.Golden;

class TableReportGoldenTest {
  @Test
  void theTableOfSixPoliciesAndTwoSeeds() {
    ImmutableList<RunResult> runs =
        ImmutableList.<RunResult>builder()
            .addAll(SampleRuns.six(1_200, 1))
            .addAll(SampleRuns.six(1_200, 2))
            .build();
    String table = TableReport.of(Comparison.of(runs));
    assertThat(table.lines()).allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(120));
    Golden.assertHolds(
        "yarn-gpu-scheduler/src/test/resources/org/yarngpu/sim/report/table.txt", table);
  }

  @Test
  void aLongNameIsCutAndAMissingValueIsADash() {
    TextTable table = new TextTable();
    table.add("x".repeat(200), "1.0 h", HumanText.NONE);
    assertThat(table.toString()).hasSize(121).endsWith("xx~  1.0 h  -\n");
  }

  @Test
  void durationsTakeTheLargestUnit() {
    assertThat(HumanText.duration(0)).isEqualTo("0.0 s");
    assertThat(HumanText.duration(59.96)).isEqualTo("1.0 min");
    assertThat(HumanText.duration(3599)).isEqualTo("1.0 h");
    assertThat(HumanText.duration(47 * 3600)).isEqualTo("47.0 h");
    assertThat(HumanText.duration(172_800)).isEqualTo("2.0 d");
    assertThat(HumanText.duration(-90)).isEqualTo("-1.5 min");
  }
}
