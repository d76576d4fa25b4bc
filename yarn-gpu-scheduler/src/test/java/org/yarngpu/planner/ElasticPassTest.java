package org.yarngpu.planner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.yarngpu.testing.Gangs.gang;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Forecast;
import org.yarngpu.model.Gang;
import org.yarngpu.model.GangId;
import org.yarngpu.model.Placement;
import org.yarngpu.model.Plan;
import org.yarngpu.model.Reason;
import org.yarngpu.model.Rejection;
import org.yarngpu.testing.Gangs;
import org.yarngpu.testing.Picture;
import org.yarngpu.testing.Seeded;

class ElasticPassTest {
  private final Planner planner = Planner.priority();

  private static Gang starting(String name, int minimum, int maximum) {
    return gang(name).members(maximum, 1).minimum(minimum).upTo(maximum).build();
  }

  private static Gang running(String name, int width, int maximum, long growsFromMs) {
    return gang(name)
        .members(maximum - width, 1)
        .minimum(1)
        .elastic(width, maximum, growsFromMs)
        .phase(Gang.Phase.GROWING)
        .build();
  }

  private Plan plan(Planner by, ClusterSnapshot snapshot) {
    Plan plan = by.plan(snapshot);
    assertThat(PlanLaws.violations(plan, snapshot)).isEmpty();
    return plan;
  }

  private String after(String before, Gang... gangs) {
    Picture picture = Picture.of(before);
    return picture.after(plan(planner, picture.with(gangs)));
  }

  @Test
  void aGangStartsWithWhatFitsAboveItsMinimumInOnePlacement() {
    Picture picture = Picture.of("n1 . . . a");
    Plan plan = plan(planner, picture.with(starting("b", 2, 8)));
    assertThat(picture.after(plan)).isEqualTo("n1 b b b a\n");
    assertThat(plan.placements()).hasSize(1);
  }

  @Test
  void aGangGetsNoMoreThanItsMaximum() {
    assertThat(after("n1 . . . . . .", starting("b", 2, 4))).isEqualTo("n1 b b b b . .\n");
    assertThat(after("n1 b b b . . .", running("b", 3, 4, 0))).isEqualTo("n1 b b b b . .\n");
  }

  @Test
  void allMinimaComeBeforeAnySurplus() {
    assertThat(after("n1 . . . . .", starting("b", 2, 8), starting("c", 2, 8)))
        .isEqualTo("n1 b b b c c\n");
  }

  @Test
  void aGangThatRunsGetsNothingBeforeItsTime() {
    Plan plan = plan(planner, Picture.of("n1 b . .").with(running("b", 1, 4, 1)));
    assertThat(plan.placements()).isEmpty();
    assertThat(plan.rejections().get(new GangId("b")))
        .isEqualTo(
            new Rejection(
                Reason.GROWS_WHEN_IDLE,
                "it runs with 1 of at most 4 members and gets more when GPUs are idle"));
  }

  @Test
  void nobodyGrowsWhileAGangWaitsWithoutAReservation() {
    // The first holds n1, the second nothing.
    String before = "n1 b x x x\nn2 . . . .";
    Gang four = gang("e").members(2, 4).build();
    assertThat(after("n1 x x x x\nn2 b x . .", four, running("b", 1, 4, 0)))
        .as("what is reserved stays free")
        .isEqualTo("n1 x x x x\nn2 b x . .\n");
    assertThat(after(before, gang("e").members(1, 4).build(), running("b", 1, 4, 0)))
        .as("who fits comes first")
        .isEqualTo("n1 b x x x\nn2 e e e e\n");
    assertThat(
            after(
                "n1 x x x x\nn2 x x x x\nn3 b .",
                gang("d").members(1, 4).build(),
                running("b", 1, 4, 0)))
        .as("d's reservation is elsewhere")
        .isEqualTo("n1 x x x x\nn2 x x x x\nn3 b b\n");
    assertThat(
            after(
                "n1 x x x x\nn2 x x x x\nn3 b .",
                gang("d").members(1, 4).build(),
                gang("e").members(1, 4).submitted(1).build(),
                running("b", 1, 4, 0)))
        .as("e has no reservation")
        .isEqualTo("n1 x x x x\nn2 x x x x\nn3 b .\n");
  }

  @Test
  void aQueueAtItsMaximumBlocksNobody() {
    Gang refused =
        gang("d").members(4, 1).limit(new Rejection(Reason.USER_AT_LIMIT, "limit")).build();
    assertThat(after("n1 b . .", refused, running("b", 1, 3, 0))).isEqualTo("n1 b b b\n");
  }

  @Test
  void withoutForecastsTheOldestGetsAll() {
    Gang young = gang("b").members(4, 1).minimum(1).upTo(4).submitted(1).build();
    assertThat(after("n1 . . . .", young, starting("c", 1, 3))).isEqualTo("n1 c c c b\n");
  }

  /** algorithms: 3600 s at width 4 gain 655 s, 7200 s at width 8 gain 724 s. */
  @Test
  void withForecastsTheLargestGainComesFirst() {
    Picture picture = Picture.of("n1 b b b b .\nn2 c c c c c c c c");
    ClusterSnapshot snapshot =
        picture
            .with(running("b", 4, 9, 0), running("c", 8, 9, 0))
            .withForecasts(
                picture.running(),
                ImmutableMap.of(
                    new GangId("b"), new Forecast(3_600_000, 3_600_000, 3_600_000),
                    new GangId("c"), new Forecast(7_200_000, 7_200_000, 7_200_000)));
    assertThat(picture.after(plan(Planner.predicted(), snapshot)))
        .isEqualTo("n1 b b b b c\nn2 c c c c c c c c\n");
  }

  @Test
  void whatIsReservedByForecastStaysFreeUnlessTheGangEndsBefore() {
    Picture picture = Picture.of("n1 b . x x");
    Map<String, Long> ends = Map.of("b", 50_000_000L, "x", 60_000L, "e", 1_000_000L);
    assertThat(picture.after(plan(Planner.predicted(), forecast(picture, ends))))
        .isEqualTo("n1 b . x x\n");
    Map<String, Long> early = Map.of("b", 30_000L, "x", 60_000L, "e", 1_000_000L);
    assertThat(picture.after(plan(Planner.predicted(), forecast(picture, early))))
        .isEqualTo("n1 b b x x\n");
  }

  private static ClusterSnapshot forecast(Picture picture, Map<String, Long> remainingMs) {
    ImmutableMap.Builder<GangId, Forecast> forecasts = ImmutableMap.builder();
    remainingMs.forEach(
        (gang, ms) -> forecasts.put(new GangId(gang), new Forecast(ms, ms, ms.doubleValue())));
    return picture
        .with(gang("e").members(3, 1).build(), running("b", 1, 2, 0))
        .withForecasts(picture.running(), forecasts.build());
  }

  /** Starts and grows; the sums are those of {@link PlanLaws}. */
  @Seeded(runs = 500)
  void aWidthStaysBetweenMinimumAndMaximum(SplittableRandom random) {
    StringBuilder text = new StringBuilder();
    for (int n = random.nextInt(1, 5); n > 0; n--) {
      text.append("n").append(n);
      for (int g = random.nextInt(1, 9); g > 0; g--) {
        text.append(random.nextInt(3) == 0 ? " x" : " .");
      }
      text.append('\n');
    }
    ImmutableList.Builder<Gang> gangs = ImmutableList.builder();
    for (int g = random.nextInt(1, 6); g > 0; g--) {
      gangs.add(anyGang("g" + g, random));
    }
    Picture picture = Picture.of(text.toString());
    ClusterSnapshot snapshot =
        picture
            .with(gangs.build().toArray(Gang[]::new))
            .withForecasts(picture.running(), ImmutableMap.of());
    for (Planner each : ImmutableList.of(planner, Planner.predicted())) {
      Plan plan = plan(each, snapshot);
      for (Placement placement : plan.placements()) {
        Gang gang =
            snapshot.gangs().stream()
                .filter(candidate -> candidate.id().equals(placement.gang()))
                .findFirst()
                .orElseThrow();
        gang.elastic()
            .ifPresent(
                elastic ->
                    assertThat(elastic.width() + placement.members().size())
                        .isBetween(elastic.minimum(), elastic.maximum()));
      }
    }
  }

  private static Gang anyGang(String name, SplittableRandom random) {
    int minimum = random.nextInt(1, 4);
    int maximum = minimum + random.nextInt(1, 5);
    Gangs gang = gang(name).submitted(random.nextInt(3));
    return switch (random.nextInt(3)) {
      case 0 -> gang.members(random.nextInt(1, 9), random.nextInt(1, 3)).build();
      case 1 -> gang.members(maximum + random.nextInt(3), 1).minimum(minimum).upTo(maximum).build();
      default -> {
        int width = random.nextInt(minimum, maximum + 1);
        yield gang.members(random.nextInt(1, 5), 1)
            .minimum(minimum)
            .elastic(width, maximum, random.nextInt(2))
            .minimum(1)
            .phase(Gang.Phase.GROWING)
            .build();
      }
    };
  }
}
