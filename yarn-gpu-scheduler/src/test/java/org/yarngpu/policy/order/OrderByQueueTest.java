package org.yarngpu.policy.order;

import static org.assertj.core.api.Assertions.assertThat;
import static org.yarngpu.testing.Gangs.gang;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Forecast;
import org.yarngpu.model.Gang;
import org.yarngpu.model.GangId;
import org.yarngpu.model.LeafOrderName;
import org.yarngpu.model.OrderWeights;
import org.yarngpu.model.Orders;
import org.yarngpu.model.Orders.GangTerms;
import org.yarngpu.model.Orders.UserTerms;
import org.yarngpu.model.Queue;
import org.yarngpu.policy.GangOrder;
import org.yarngpu.testing.Gangs;
import org.yarngpu.testing.Golden;
import org.yarngpu.testing.Seeded;

/** The orders within a leaf, {@code root.a}, at 1,000,000 s. */
class OrderByQueueTest {
  private static final long NOW_MS = 1_000_000_000;
  private static final String LEAF = "root.a";

  private final List<Gang> gangs = new ArrayList<>();
  private final Map<GangId, Forecast> forecasts = new HashMap<>();
  private final Map<GangId, GangTerms> terms = new HashMap<>();
  private final Map<String, UserTerms> users = new HashMap<>();
  private OrderWeights weights = OrderWeights.NONE;
  private long starveAfterMs = Orders.STARVE_AFTER_MS;

  private void waits(Gangs gang, double expectedSeconds) {
    Gang built = gang.build();
    gangs.add(built);
    long medianMs = Math.max(1, (long) (1000 * expectedSeconds));
    forecasts.put(built.id(), new Forecast(medianMs, medianMs, 1000 * expectedSeconds));
  }

  private void terms(String gang, long attainedGpuMs, OptionalLong dueMs) {
    terms.put(new GangId(gang), new GangTerms(attainedGpuMs, dueMs));
  }

  private ClusterSnapshot snapshot(LeafOrderName order) {
    ImmutableMap<String, Queue> queues =
        ImmutableMap.of(
            "root",
            new Queue("root", "", 0, ImmutableMap.of()),
            LEAF,
            new Queue(LEAF, "root", 0, ImmutableMap.of()));
    return new ClusterSnapshot(
            NOW_MS,
            true,
            ImmutableSortedMap.of(),
            queues,
            ImmutableList.copyOf(gangs),
            ImmutableSortedMap.of())
        .withForecasts(ImmutableList.of(), ImmutableMap.copyOf(forecasts))
        .withOrders(
            new Orders(
                ImmutableMap.of(LEAF, order),
                weights,
                starveAfterMs,
                ImmutableMap.of(LEAF, ImmutableMap.copyOf(users)),
                ImmutableMap.copyOf(terms)));
  }

  private List<String> served(LeafOrderName order) {
    ClusterSnapshot snapshot = snapshot(order);
    GangOrder.Turns turns =
        new CapacityOrder(new OrderByQueue()).turns(snapshot, "", snapshot.gangs());
    List<String> served = new ArrayList<>();
    for (Gang gang = turns.next(); gang != null; gang = turns.next()) {
      served.add(gang.id().value());
    }
    return served;
  }

  private String shown(LeafOrderName order, String gang) {
    ClusterSnapshot snapshot = snapshot(order);
    Gang shown =
        snapshot.gangs().stream()
            .filter(g -> g.id().value().equals(gang))
            .findFirst()
            .orElseThrow();
    return new OrderByQueue().of(snapshot).apply(shown).text();
  }

  @Test
  void theWeightOfAUserDividesTheIndex() {
    waits(gang("a").user("ann").members(8, 1), 723.27);
    waits(gang("b").user("bob").members(1, 1), 3600);
    assertThat(served(LeafOrderName.PREDICTED)).containsExactly("b", "a");
    assertThat(shown(LeafOrderName.PREDICTED, "a")).contains("index 5786.160 GPU-s");
    users.put("ann", new UserTerms(2, 0));
    assertThat(served(LeafOrderName.PREDICTED)).containsExactly("a", "b");
    assertThat(shown(LeafOrderName.PREDICTED, "a")).contains("index 2893.080 GPU-s");
    users.put("ann", new UserTerms(0, 0));
    assertThat(served(LeafOrderName.PREDICTED)).containsExactly("b", "a");
  }

  @Test
  void fifoGoesByPriorityAndSubmission() {
    waits(gang("late").submitted(9).members(1, 1), 1);
    waits(gang("early").submitted(1).members(9, 1), 1000);
    waits(gang("urgent").submitted(10).priority(1).members(9, 1), 1000);
    assertThat(served(LeafOrderName.FIFO)).containsExactly("urgent", "early", "late");
    assertThat(shown(LeafOrderName.FIFO, "late"))
        .isEqualTo("fifo, priority 0, submitted 1970-01-01T00:00:00.009Z");
  }

  @Test
  void fairOverTimeServesFirstWhoUsedLess() {
    users.put("ann", new UserTerms(1, 7_200_000));
    users.put("bob", new UserTerms(1, 3_600_000));
    waits(gang("a1").user("ann").submitted(1).members(1, 1), 60);
    waits(gang("b1").user("bob").submitted(2).members(1, 1), 60);
    waits(gang("c1").user("cid").submitted(3).members(1, 1), 60);
    assertThat(served(LeafOrderName.FAIR_OVER_TIME)).containsExactly("c1", "b1", "a1");
    users.put("ann", new UserTerms(4, 7_200_000));
    assertThat(served(LeafOrderName.FAIR_OVER_TIME)).containsExactly("c1", "a1", "b1");
    assertThat(shown(LeafOrderName.FAIR_OVER_TIME, "a1")).contains("used and ahead 1800.000 GPU-s");
  }

  @Test
  void fairOverTimeSharesACycleAmongEquals() {
    for (int i = 1; i <= 3; i++) {
      waits(gang("a" + i).user("ann").submitted(i).members(1, 1), 60);
      waits(gang("b" + i).user("bob").submitted(10 + i).members(1, 1), 90);
    }
    // Ahead of a1, a2, a3 are 0, 60, 120 GPU-s; of b1, b2, b3 0, 90, 180.
    assertThat(served(LeafOrderName.FAIR_OVER_TIME))
        .containsExactly("a1", "b1", "a2", "b2", "a3", "b3");
  }

  @Test
  void tiresiasServesFirstWhoReceivedLittle() {
    waits(gang("a").submitted(1).members(1, 1), 60);
    waits(gang("b").submitted(2).members(1, 1), 60);
    waits(gang("c").submitted(3).members(1, 1), 60);
    terms("a", 18_000_001, OptionalLong.empty());
    terms("b", 18_000_000, OptionalLong.empty());
    assertThat(served(LeafOrderName.TIRESIAS)).containsExactly("b", "c", "a");
    assertThat(shown(LeafOrderName.TIRESIAS, "a")).contains("received 18000.001 GPU-s, second");
  }

  @Test
  void theEarliestDeadlineComesFirstAndNoneLast() {
    waits(gang("none").submitted(1).members(1, 1), 1);
    waits(gang("late").submitted(2).members(1, 1), 1);
    waits(gang("soon").submitted(3).members(8, 1), 9999);
    terms("late", 0, OptionalLong.of(NOW_MS + 2_000));
    terms("soon", 0, OptionalLong.of(NOW_MS + 1_000));
    assertThat(served(LeafOrderName.DEADLINE)).containsExactly("soon", "late", "none");
    assertThat(shown(LeafOrderName.DEADLINE, "soon")).contains("due 1970-01-12T13:46:41Z");
    assertThat(shown(LeafOrderName.DEADLINE, "none")).contains("no deadline");
  }

  @Test
  void ageMovesForwardUpToTheTimeAfterWhichNobodyStarves() {
    weights = new OrderWeights(2, 0, 0, 0);
    starveAfterMs = 1_000_000;
    waits(gang("half").submitted(NOW_MS - 500_000).members(1, 1), 100);
    waits(gang("full").submitted(NOW_MS - 5_000_000).members(1, 1), 160);
    waits(gang("new").submitted(NOW_MS).members(1, 1), 45);
    // 100 / 2 = 50, 160 / 4 = 40, 45.
    assertThat(served(LeafOrderName.PREDICTED)).containsExactly("full", "new", "half");
    assertThat(shown(LeafOrderName.PREDICTED, "half")).contains("GPU-s, age -1.000, submitted");
  }

  @Test
  void useMovesBackWhoUsedMost() {
    weights = new OrderWeights(0, 1, 0, 0);
    users.put("ann", new UserTerms(1, 3_000));
    users.put("bob", new UserTerms(1, 1_000));
    waits(gang("a").user("ann").members(1, 1), 70);
    waits(gang("b").user("bob").members(1, 1), 100);
    // 70 x 2^0.75 = 117.7, 100 x 2^0.25 = 118.9.
    assertThat(served(LeafOrderName.PREDICTED)).containsExactly("a", "b");
    assertThat(shown(LeafOrderName.PREDICTED, "a")).contains(", use 0.750,");
    users.put("ann", new UserTerms(1, 4_000));
    assertThat(served(LeafOrderName.PREDICTED)).containsExactly("b", "a");
  }

  @Test
  void aDeadlineMovesForwardAsItComesNear() {
    weights = new OrderWeights(0, 0, 3, 0);
    waits(gang("short").members(1, 1), 100);
    waits(gang("due").members(1, 1), 400);
    terms("due", 0, OptionalLong.of(NOW_MS + 4_000_000));
    assertThat(served(LeafOrderName.PREDICTED)).containsExactly("short", "due");
    assertThat(shown(LeafOrderName.PREDICTED, "due")).contains(", deadline -0.300,");
    terms("due", 0, OptionalLong.of(NOW_MS + 400_000));
    assertThat(served(LeafOrderName.PREDICTED)).containsExactly("due", "short");
    terms("due", 0, OptionalLong.of(NOW_MS - 1));
    assertThat(shown(LeafOrderName.PREDICTED, "due")).contains(", deadline -3.000,");
  }

  @Test
  void aSizeOfMinusOneLeavesGpusOutOfTheIndex() {
    waits(gang("wide").members(8, 1), 99);
    waits(gang("narrow").members(1, 1), 100);
    assertThat(served(LeafOrderName.PREDICTED)).containsExactly("narrow", "wide");
    weights = new OrderWeights(0, 0, 0, -1);
    assertThat(served(LeafOrderName.PREDICTED)).containsExactly("wide", "narrow");
    assertThat(shown(LeafOrderName.PREDICTED, "wide")).contains(", size -3.000,");
  }

  @Test
  void theExampleOfTheDocumentsIsShownLikeThat() throws IOException {
    weights = new OrderWeights(1, 1, 0, 0);
    users.put("ann", new UserTerms(1, 1_000));
    users.put("bob", new UserTerms(1, 3_000));
    waits(gang("a").user("ann").submitted(NOW_MS).members(8, 1), 723.27);
    waits(gang("b").user("bob").submitted(NOW_MS - Orders.STARVE_AFTER_MS).members(1, 1), 7200);
    assertThat(served(LeafOrderName.PREDICTED)).containsExactly("b", "a");
    String page = Files.readString(Golden.REPOSITORY.resolve("docs/operating.md"));
    for (String gang : List.of("a", "b")) {
      String text = shown(LeafOrderName.PREDICTED, gang);
      String untilSubmission = text.substring(0, text.indexOf("submitted"));
      assertThat(page).contains("`Order: " + untilSubmission + "submitted …`");
    }
  }

  /** Whatever is weighted and known, down to gangs without a forecast. */
  private void drawAnything(SplittableRandom random) {
    weights =
        random.nextInt(3) == 0
            ? OrderWeights.NONE
            : new OrderWeights(
                random.nextInt(2) * random.nextDouble(10),
                random.nextInt(2) * random.nextDouble(10),
                random.nextInt(2) * random.nextDouble(10),
                random.nextDouble(-10, 10));
    starveAfterMs = random.nextLong(1, 2_000_000_000);
    for (int u = 0; u < 3; u++) {
      if (random.nextBoolean()) {
        users.put(
            "user" + u,
            new UserTerms(random.nextInt(4) / 2.0, random.nextInt(2) * random.nextDouble(1e9)));
      }
    }
    for (int g = random.nextInt(2, 12); g > 0; g--) {
      String name = "gang" + g;
      waits(
          gang(name)
              .user("user" + random.nextInt(3))
              .priority(random.nextInt(5) == 0 ? 1 : 0)
              .submitted(NOW_MS - random.nextInt(5) * 300_000_000L)
              .members(random.nextInt(1, 9), 1),
          random.nextInt(3) == 0 ? 100 : random.nextDouble(1, 1e6));
      if (random.nextInt(5) == 0) {
        forecasts.remove(new GangId(name));
      }
      if (random.nextBoolean()) {
        terms(
            name,
            random.nextLong(36_000_000),
            random.nextBoolean()
                ? OptionalLong.empty()
                : OptionalLong.of(NOW_MS + random.nextInt(-1_000_000, 1_000_000)));
      }
    }
  }

  /** What users read tells them why who comes first. */
  @Seeded(runs = 1000)
  void sortingByWhatIsShownGivesTheOrder(SplittableRandom random) {
    drawAnything(random);
    for (LeafOrderName order : LeafOrderName.values()) {
      Map<String, String> texts = new HashMap<>();
      gangs.forEach(gang -> texts.put(gang.id().value(), shown(order, gang.id().value())));
      List<String> sorted =
          texts.keySet().stream()
              .sorted(
                  Comparator.comparingInt((String id) -> -priority(texts.get(id)))
                      .thenComparingDouble(id -> score(texts.get(id)))
                      .thenComparing(id -> submitted(texts.get(id)))
                      .thenComparing(Comparator.naturalOrder()))
              .toList();
      assertThat(served(order)).as("%s", texts).isEqualTo(sorted);
    }
  }

  private static int priority(String text) {
    return (int) number(text, "priority (-?\\d+)", 0);
  }

  private static Instant submitted(String text) {
    Matcher instant = Pattern.compile("submitted (\\S+)$").matcher(text);
    assertThat(instant.find()).as(text).isTrue();
    return Instant.parse(instant.group(1));
  }

  private static double score(String text) {
    if (Pattern.compile(", no (forecast|weight|deadline)").matcher(text).find()) {
      return Double.POSITIVE_INFINITY;
    }
    if (text.startsWith("tiresias")) {
      return text.contains("first queue") ? 0 : 1;
    }
    Matcher due = Pattern.compile(", due (\\S+),").matcher(text);
    if (due.find()) {
      return Instant.parse(due.group(1)).toEpochMilli();
    }
    double measure = 1000 * number(text, "([0-9.]+) GPU-s", 0);
    double exponent = 0;
    for (String factor : List.of("age", "use", "deadline", "size")) {
      exponent += Math.round(1000 * number(text, ", " + factor + " (-?[0-9.]+)", 0));
    }
    return Math.rint(measure) * StrictMath.pow(2, exponent / 1000);
  }

  private static double number(String text, String pattern, double otherwise) {
    Matcher found = Pattern.compile(pattern).matcher(text);
    return found.find() ? Double.parseDouble(found.group(1)) : otherwise;
  }

  /** As it was before there were other orders. */
  @Seeded(runs = 300)
  void withoutWeightsOnlyForecastsCount(SplittableRandom random) {
    drawAnything(random);
    weights = OrderWeights.NONE;
    users.clear();
    List<String> byIndex =
        gangs.stream()
            .sorted(
                Comparator.comparingInt(Gang::priority)
                    .reversed()
                    .thenComparingDouble(this::index)
                    .thenComparingLong(Gang::submittedMs)
                    .thenComparing(Gang::id))
            .map(gang -> gang.id().value())
            .toList();
    assertThat(served(LeafOrderName.PREDICTED)).isEqualTo(byIndex);
  }

  private double index(Gang gang) {
    Forecast forecast = forecasts.get(gang.id());
    return forecast == null
        ? Double.MAX_VALUE
        : forecast.expectedRemainingMs() * gang.minimumSize().gpus();
  }
}
