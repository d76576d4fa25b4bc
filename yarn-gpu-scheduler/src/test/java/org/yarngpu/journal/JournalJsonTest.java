package org.yarngpu.journal;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.yarngpu.testing.Gangs.gang;

import com.google.common.collect.ImmutableList;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.yarngpu.model.Gang;
import org.yarngpu.model.PolicyName;
import org.yarngpu.planner.Planner;
import org.yarngpu.testing.Cycles;
import org.yarngpu.testing.Picture;
import org.yarngpu.testing.Seeded;

class JournalJsonTest {
  private static final Cycle SMALL = planned(gang("g").members(2, 1).build());

  private static Cycle planned(Gang... gangs) {
    var snapshot = Picture.of("n1 x . .").with(gangs);
    return Cycle.decided(
        7, PolicyName.PRIORITY, snapshot, Planner.priority().plan(snapshot), ImmutableList.of(), 1);
  }

  private static String print(Cycle cycle) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    CycleJson.print(cycle, out);
    return out.toString(UTF_8);
  }

  @Seeded(runs = 500)
  void whatIsPrintedIsReadAgain(SplittableRandom random) throws Exception {
    Cycle cycle = Cycles.any(random);
    assertThat(CycleJson.parse(print(cycle))).isEqualTo(cycle);
  }

  /** Maps keep their order, on which a plan may depend. */
  @Seeded(runs = 300)
  void whatIsReadPrintsTheSame(SplittableRandom random) throws Exception {
    String text = print(Cycles.any(random));
    assertThat(print(CycleJson.parse(text))).isEqualTo(text);
  }

  @Seeded(runs = 100)
  void aCycleIsOneLine(SplittableRandom random) throws Exception {
    String text = print(Cycles.any(random));
    assertThat(text.indexOf('\n')).isEqualTo(text.length() - 1);
    assertThat(text).doesNotContain("\r");
  }

  @Test
  void tenThousandGangsAreNoTrouble() throws Exception {
    Gang[] gangs = new Gang[10_000];
    for (int i = 0; i < gangs.length; i++) {
      gangs[i] = gang("application_1700000000000_%05d_000001".formatted(i)).members(8, 1).build();
    }
    Cycle cycle = planned(gangs);
    assertThat(CycleJson.parse(print(cycle))).isEqualTo(cycle);
  }

  @Test
  void anotherVersionIsRefused() throws IOException {
    String newer = print(SMALL).replace("\"version\":2", "\"version\":3");
    assertThatThrownBy(() -> CycleJson.parse(newer))
        .isInstanceOf(JournalException.class)
        .hasMessage(
            "version 3 of the journal is unknown, this program reads versions 1 and 2. Maybe use the"
                + " release that wrote it");
  }

  @Test
  void whatIsDamagedIsNamed() throws IOException {
    String line = print(SMALL);
    assertRefused(line.replace("\"settled\":true,", ""), "the snapshot lacks the field settled");
    assertRefused(
        line.replace("\"minimum\":2", "\"minimum\":2,\"colour\":3"),
        "a gang has the unknown field colour");
    assertRefused(line.replace("\"minimum\":2", "\"minimum\":0"), "minimum (0) of gang g");
    assertRefused(
        line.replace("\"minimum\":2", "\"minimum\":2.5"), "minimum of a gang is no whole");
    assertRefused(line.replace("\"WAITING\"", "\"WAITED\""), "WAITED");
    assertRefused("{\"cycle\":1}", "no cycle of a journal");
    assertRefused("[", "no JSON");
    assertRefused("", "no cycle of a journal");
  }

  private static void assertRefused(String line, String message) {
    assertThatThrownBy(() -> CycleJson.parse(line))
        .isInstanceOf(JournalException.class)
        .hasMessageContaining(message);
  }
}
