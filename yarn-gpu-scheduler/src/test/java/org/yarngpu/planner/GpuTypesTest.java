package org.yarngpu.planner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.yarngpu.testing.Gangs.gang;

import org.junit.jupiter.api.Test;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Gang;
import org.yarngpu.model.Plan;
import org.yarngpu.testing.Picture;
import org.yarngpu.testing.Plans;

/** Where gangs run that name models, and what they are told. */
class GpuTypesTest {
  private static final String TWO_MODELS =
      """
      n1#nvidia-a100 . . . .
      n2#nvidia-a100 . . . x
      n3#v100 . . . .
      n4#v100 . . . .
      """;

  private static String after(String before, Gang... gangs) {
    Picture picture = Picture.of(before);
    ClusterSnapshot snapshot = picture.with(gangs);
    Plan plan = Planner.priority().plan(snapshot);
    assertThat(PlanLaws.violations(plan, snapshot)).isEmpty();
    return picture.after(plan);
  }

  private static String text(String before, Gang gang) {
    return Plans.rejectionOf(Planner.priority().plan(Picture.of(before).with(gang)), "b")
        .toString();
  }

  @Test
  void aGangRunsOnTheModelItNames() {
    assertThat(after(TWO_MODELS, gang("b").types("v100").members(1, 3).build()))
        .isEqualTo(
            """
            n1 . . . .
            n2 . . . x
            n3 b b b .
            n4 . . . .
            """);
  }

  @Test
  void itsFirstChoiceGoesBeforeATighterFit() {
    assertThat(after(TWO_MODELS, gang("b").types("v100", "a100").members(1, 3).build()))
        .contains("n2 . . . x\nn3 b b b .");
    assertThat(after(TWO_MODELS, gang("b").types("a100", "v100").members(1, 3).build()))
        .contains("n2 b b b x\nn3 . . . .");
  }

  @Test
  void itIsWholeOnOneModelEvenIfThatIsItsSecondChoice() {
    assertThat(after(TWO_MODELS, gang("b").types("a100", "v100").members(2, 4).build()))
        .isEqualTo(
            """
            n1 . . . .
            n2 . . . x
            n3 b b b b
            n4 b b b b
            """);
  }

  @Test
  void aGangThatNamesNoneIsOnOneModelWhereItFits() {
    String before =
        """
        r1/n1#a100 . x x x
        r1/n2#v100 . . x x
        r1/n3#v100 . x x x
        """;
    // The fewest nodes are n2 and n1, but n2 and n3 are as few and of one model.
    assertThat(after(before, gang("b").members(3, 1).build()))
        .isEqualTo(
            """
            n1 . x x x
            n2 b b x x
            n3 b x x x
            """);
    assertThat(after(before, gang("b").members(4, 1).build()))
        .isEqualTo(
            """
            n1 b x x x
            n2 b b x x
            n3 b x x x
            """);
  }

  @Test
  void whereNoModelIsKnownTypesSayNothing() {
    assertThat(after("n1 . .", gang("b").types("a100").members(2, 1).build()))
        .isEqualTo("n1 b b\n");
  }

  @Test
  void whatIsHeldIsOfOneModelTheFirstThatCouldEverTakeTheGang() {
    Plan plan =
        Planner.priority()
            .plan(
                Picture.of(
                        """
                        n1#a100 x . . .
                        n2#v100 x x . .
                        n3#v100 x x x .
                        """)
                    .with(gang("b").types("a100", "v100").members(2, 4).build()));
    assertThat(Picture.held(plan.reservations().get(""))).isEqualTo("n2 + + + +\nn3 + + + +\n");
  }

  @Test
  void freeGpusOfOtherModelsAreNoReasonToHope() {
    assertThat(text(TWO_MODELS, gang("b").types("a100").members(2, 4).build()))
        .isEqualTo(
            "NOT_ENOUGH_FREE_GPUS: a gang of 2 needs 8 GPUs together on one model in the default"
                + " partition: free are 7 of 8 of nvidia-a100, at most 4 on one node.");
    String busy = "n1#a100 . x x\nn2#v100 . . x\nn3#v100 . . x";
    assertThat(text(busy, gang("b").types("a100", "v100").members(1, 3).build()))
        .isEqualTo(
            "FRAGMENTED: a member needs 3 GPUs together on one model in the default partition: free"
                + " are 1 of 3 of a100, at most 1 on one node; 4 of 6 of v100, at most 2 on one"
                + " node.");
  }

  @Test
  void whatNoNodeOfTheModelCouldEverHoldIsSaid() {
    assertThat(text(TWO_MODELS, gang("b").types("h100", "a10").members(1, 1).build()))
        .isEqualTo(
            "NO_NODE_OF_MODEL: no known node in the default partition is of model h100 or a10; there"
                + " are nvidia-a100, v100.");
    assertThat(
            text(
                "n1#v100 . .\nn2 . .\nn3#a100@fast . .",
                gang("b").types("a100").members(1, 1).build()))
        .isEqualTo(
            "NO_NODE_OF_MODEL: no known node in the default partition is of model a100; there are"
                + " some of no known model, v100, and such nodes under label fast.");
    String narrow = "n1#a100 . .\nn2#v100 . . . .\nn3#a100 . .";
    assertThat(text(narrow, gang("b").types("a100").members(1, 3).build()))
        .startsWith("LARGER_THAN_ANY_NODE: a member needs 3 GPUs")
        .contains("the largest node of model a100 in the default partition has 2 GPUs");
    assertThat(text(narrow, gang("b").types("a100", "v100").members(3, 2).build()))
        .startsWith("LARGER_THAN_CLUSTER: a gang of 3 needs 6 GPUs")
        .contains("all known nodes of model a100 in the default partition have 4 GPUs")
        .endsWith("the largest gang of such members that would fit has 2.");
  }
}
