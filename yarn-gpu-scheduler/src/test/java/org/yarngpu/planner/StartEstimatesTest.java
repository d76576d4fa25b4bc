package org.yarngpu.planner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.yarngpu.testing.Gangs.gang;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.yarngpu.model.AskKey;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Eviction;
import org.yarngpu.model.Forecast;
import org.yarngpu.model.Gang;
import org.yarngpu.model.GangId;
import org.yarngpu.model.NodeId;
import org.yarngpu.model.Placement;
import org.yarngpu.model.Resources;
import org.yarngpu.testing.Picture;

/** Hand-worked starts, in seconds from now; quantiles of forecasts are twice the medians. */
class StartEstimatesTest {
  private final Planner planner = Planner.predicted();

  private static ClusterSnapshot snapshot(
      Picture picture, Map<String, Integer> medians, Gang... waiting) {
    ImmutableMap.Builder<GangId, Forecast> byGang = ImmutableMap.builder();
    medians.forEach(
        (gang, seconds) ->
            byGang.put(
                new GangId(gang),
                new Forecast(seconds * 1000L, 2000L * seconds, seconds * 1000.0)));
    return picture.with(waiting).withForecasts(picture.running(), byGang.build());
  }

  private static StartEstimate about(int seconds) {
    return new StartEstimate(seconds * 1000L, StartEstimate.Bound.ABOUT);
  }

  private static GangId id(String gang) {
    return new GangId(gang);
  }

  /**
   * Their order is that of GPUs times seconds. v has both halves at 300 and ends at 310; w and x
   * share the node from then on; y needs all of it, at 370; z fits beside nobody before y ends.
   */
  @Test
  void eachStartsOnceItFitsAndNoneBeforeTheOneAheadOfIt() {
    ClusterSnapshot snapshot =
        snapshot(
            Picture.of("n1 a a b b"),
            Map.of("a", 100, "b", 300, "v", 10, "w", 50, "x", 60, "y", 40, "z", 200, "q", 500),
            gang("v").members(1, 4).build(),
            gang("w").members(1, 2).build(),
            gang("x").members(1, 2).build(),
            gang("y").members(1, 4).build(),
            gang("z").members(1, 1).build(),
            gang("q").members(1, 4).build());
    assertThat(planner.startEstimates(snapshot))
        .isEqualTo(
            Map.of(
                id("v"), about(300),
                id("w"), about(310),
                id("x"), about(310),
                id("y"), about(370),
                id("z"), about(410),
                id("q"), about(610)));
  }

  @Test
  void aGangThatNeverFitsHasNoEstimateAndHoldsNobodyUp() {
    ClusterSnapshot snapshot =
        snapshot(
            Picture.of("n1 a a s"),
            Map.of("a", 100, "v", 1, "w", 500),
            gang("v").members(1, 3).build(),
            gang("w").members(1, 2).build());
    assertThat(planner.startEstimates(snapshot)).isEqualTo(ImmutableMap.of(id("w"), about(100)));
  }

  @Test
  void whoHasNoForecastIsTakenNeverToEnd() {
    ClusterSnapshot snapshot =
        snapshot(
            Picture.of("n1 a a"),
            Map.of("a", 100, "w", 500),
            gang("v").members(1, 1).priority(1).build(),
            gang("w").members(1, 1).build(),
            gang("x").members(1, 1).build());
    assertThat(planner.startEstimates(snapshot))
        .isEqualTo(ImmutableMap.of(id("v"), about(100), id("w"), about(100), id("x"), about(600)));
  }

  @Test
  void whatThePlanStartsIsThereAndEnds() {
    ClusterSnapshot snapshot =
        snapshot(
            Picture.of("n1 a ."),
            Map.of("a", 100, "v", 10, "w", 30),
            gang("v").members(1, 1).build(),
            gang("w").members(1, 1).build());
    assertThat(planner.startEstimates(snapshot)).isEqualTo(ImmutableMap.of(id("w"), about(10)));
  }

  /** b is told to go for e, which then holds one of its GPUs for 50 s. */
  @Test
  void anEvictionUnderWayIsTakenToBeOver() {
    ClusterSnapshot plain =
        snapshot(
            Picture.of("n1 a b b"),
            Map.of("a", 100, "b", 900, "e", 50, "w", 500, "x", 600),
            gang("e").members(1, 1).build(),
            gang("w").members(1, 1).build(),
            gang("x").members(1, 1).build());
    Eviction eviction =
        new Eviction(
            new Placement(
                id("e"),
                "",
                ImmutableList.of(
                    new Placement.Member(
                        new AskKey(0, 0), new Resources(1000, 1, 1), new NodeId("n1")))),
            ImmutableSortedSet.of(id("b")),
            OptionalLong.empty());
    ClusterSnapshot snapshot = plain.withEvictions(ImmutableSortedMap.of(id("e"), eviction), false);
    assertThat(planner.startEstimates(snapshot))
        .isEqualTo(ImmutableMap.of(id("w"), about(0), id("x"), about(50)));
  }

  @Test
  void behindManyOthersLessIsKnown() {
    ImmutableMap.Builder<String, Integer> medians = ImmutableMap.builder();
    medians.put("a", 100);
    List<Gang> waiting = new ArrayList<>();
    for (int g = 0; g < StartEstimates.SIMULATED + 2; g++) {
      String name = "w%03d".formatted(g);
      waiting.add(gang(name).members(1, 1).build());
      medians.put(name, 10);
    }
    ImmutableMap<GangId, StartEstimate> estimates =
        planner.startEstimates(
            snapshot(Picture.of("n1 a"), medians.build(), waiting.toArray(Gang[]::new)));
    assertThat(estimates).containsEntry(id("w199"), about(100 + 199 * 10));
    StartEstimate later = new StartEstimate(2_090_000, StartEstimate.Bound.NOT_BEFORE);
    assertThat(estimates).containsEntry(id("w200"), later).containsEntry(id("w201"), later);
  }
}
