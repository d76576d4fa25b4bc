package org.yarngpu.planner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.yarngpu.testing.Gangs.gang;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Forecast;
import org.yarngpu.model.Gang;
import org.yarngpu.model.GangId;
import org.yarngpu.model.Orders;
import org.yarngpu.model.Plan;
import org.yarngpu.model.Reason;
import org.yarngpu.testing.Picture;
import org.yarngpu.testing.Plans;

/** By forecast: waiting for the fast GPUs, or starting on the slow ones. */
class ModelChoiceTest {
  private static final ImmutableSortedMap<String, Double> V100_HALF =
      ImmutableSortedMap.of("v100", 0.5);
  private static final String A100_BUSY =
      """
      n1#a100 x x
      n2#v100 . .
      """;

  private static ClusterSnapshot snapshot(
      String picture,
      Map<String, Integer> seconds,
      ImmutableSortedMap<String, Double> speeds,
      Gang... waiting) {
    ImmutableMap.Builder<GangId, Forecast> forecasts = ImmutableMap.builder();
    seconds.forEach(
        (gang, s) ->
            forecasts.put(
                new GangId(gang),
                new Forecast(s * 1000L, s * 1000L, s * 1000.0).withSpeeds(speeds)));
    return Picture.of(picture)
        .with(waiting)
        .withForecasts(Picture.of(picture).running(), forecasts.build());
  }

  private static Plan plan(ClusterSnapshot snapshot) {
    Plan plan = Planner.predicted().plan(snapshot);
    assertThat(PlanLaws.violations(plan, snapshot)).isEmpty();
    return plan;
  }

  private static Plan plan(
      int busySeconds, ImmutableSortedMap<String, Double> speeds, String... types) {
    return plan(
        snapshot(
            A100_BUSY,
            Map.of("x", busySeconds, "b", 3600),
            speeds,
            gang("b").types(types).members(1, 2).build()));
  }

  private static String after(Plan plan) {
    return Picture.of(A100_BUSY).after(plan);
  }

  /** An hour on the a100 is two on the v100, so it is worth an hour of waiting. */
  @Test
  void aGangWaitsForItsFirstChoiceAsLongAsItGainsThereByItsSpeed() {
    Plan waits = plan(3600, V100_HALF, "a100", "v100");
    assertThat(after(waits)).isEqualTo("n1 x x\nn2 . .\n");
    assertThat(Plans.rejectionOf(waits, "b").toString())
        .isEqualTo(
            "PREFERRED_MODEL_BUSY: a member would fit on v100 now, but is expected to be done sooner"
                + " on a100, which is free for it in 3600 s; v100 has 0.50 of its speed.");
    assertThat(waits.promises().get(new GangId("b")).startMs()).isEqualTo(3_600_000);
    assertThat(after(plan(3601, V100_HALF, "a100", "v100"))).isEqualTo("n1 x x\nn2 b b\n");
  }

  @Test
  void itLeavesItAtOnceForOneThatIsAsFast() {
    assertThat(after(plan(1, ImmutableSortedMap.of(), "a100", "v100"))).endsWith("n2 b b\n");
    assertThat(after(plan(1, ImmutableSortedMap.of("v100", 2.0), "a100", "v100")))
        .endsWith("n2 b b\n");
  }

  @Test
  void aFirstChoiceThatIsFreeIsTakenEvenIfItIsTheSlowerOne() {
    assertThat(after(plan(1, V100_HALF, "v100", "a100"))).endsWith("n2 b b\n");
  }

  @Test
  void whatNeverEndsIsNotWaitedFor() {
    Plan plan =
        plan(
            snapshot(
                A100_BUSY,
                Map.of("b", 3600),
                V100_HALF,
                gang("b").types("a100", "v100").members(1, 2).build()));
    assertThat(after(plan)).endsWith("n2 b b\n");
  }

  @Test
  void whoHasWaitedVeryLongTakesWhatItCanGet() {
    ClusterSnapshot snapshot =
        snapshot(
            A100_BUSY,
            Map.of("x", 60, "b", 3600),
            V100_HALF,
            gang("b")
                .types("a100", "v100")
                .members(1, 2)
                .submitted(-Orders.STARVE_AFTER_MS)
                .build());
    assertThat(after(plan(snapshot))).endsWith("n2 b b\n");
  }

  /** Neither fits now; on the v100 it would start first, and be done last. */
  @Test
  void theReservationIsOnTheModelWhereItIsDoneFirst() {
    String busy =
        """
        n1#a100 x x
        n2#v100 y y
        """;
    Plan plan =
        plan(
            snapshot(
                busy,
                Map.of("x", 3000, "y", 60, "b", 3600),
                V100_HALF,
                gang("b").types("v100", "a100").members(1, 2).build()));
    assertThat(plan.promises().get(new GangId("b")).startMs()).isEqualTo(3_000_000);
    assertThat(Plans.rejectionOf(plan, "b").reason()).isEqualTo(Reason.NOT_ENOUGH_FREE_GPUS);
  }

  @Test
  void aReservationOnOneModelHindersNobodyOnAnother() {
    String busy =
        """
        n1#a100 x x . .
        n2#v100 . . . .
        """;
    Plan plan =
        plan(
            snapshot(
                busy,
                Map.of("x", 600, "h", 10, "s", 9000, "t", 9000),
                V100_HALF,
                gang("h").types("a100").members(1, 4).build(),
                gang("s").types("v100").members(2, 1).build(),
                gang("t").types("a100").members(2, 1).build()));
    assertThat(Picture.of(busy).after(plan)).isEqualTo("n1 x x . .\nn2 s s . .\n");
    assertThat(Plans.rejectionOf(plan, "t").reason()).isEqualTo(Reason.HELD_BY_RESERVATION);
  }

  /** 700 s of work are 1,400 s on a v100, which is too long for the gap of 1,000 s. */
  @Test
  void whetherAGangIsDoneBeforeAReservationDependsOnTheModel() {
    for (String model : new String[] {"a100", "v100"}) {
      String busy = "n1#%s x x . .".formatted(model);
      Plan plan =
          plan(
              snapshot(
                  busy,
                  Map.of("x", 1000, "h", 10, "s", 700),
                  V100_HALF,
                  gang("h").members(1, 4).build(),
                  gang("s").members(1, 2).build()));
      assertThat(Picture.of(busy).after(plan))
          .isEqualTo(model.equals("a100") ? "n1 x x s s\n" : "n1 x x . .\n");
    }
  }
}
