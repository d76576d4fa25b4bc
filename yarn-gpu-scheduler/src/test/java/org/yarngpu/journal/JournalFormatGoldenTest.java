package org.yarngpu.journal;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.yarngpu.testing.Gangs.gang;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.yarngpu.model.AskKey;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Elastic;
import org.yarngpu.model.Eviction;
import org.yarngpu.model.Forecast;
import org.yarngpu.model.Gang;
import org.yarngpu.model.GangId;
import org.yarngpu.model.LeafOrderName;
import org.yarngpu.model.Loans;
import org.yarngpu.model.Locality;
import org.yarngpu.model.NodeId;
import org.yarngpu.model.OrderWeights;
import org.yarngpu.model.Orders;
import org.yarngpu.model.Placement;
import org.yarngpu.model.Plan;
import org.yarngpu.model.PolicyName;
import org.yarngpu.model.Reason;
import org.yarngpu.model.Rejection;
import org.yarngpu.model.Reservation;
import org.yarngpu.model.Resources;
import org.yarngpu.model.RunningGang;
import org.yarngpu.testing.Gangs;
import org.yarngpu.testing.Golden;
import org.yarngpu.testing.Picture;

/**
 * A line with every field, as version 2 has it. If this test fails, journals that exist cannot be
 * read any more: raise the version.
 */
class JournalFormatGoldenTest {
  private static final String FILE = "yarn-gpu-scheduler/src/test/resources/journal/version-2.json";
  private static final String ORDERS_FILE =
      "yarn-gpu-scheduler/src/test/resources/journal/version-2-orders-loans.json";

  private static Cycle cycle() {
    return cycle(true);
  }

  /**
   * @param elastic whether gangs have widths and forecasts an index, which came later
   */
  private static Cycle cycle(boolean elastic) {
    Gangs small =
        gang("small")
            .members(
                1,
                new Resources(512, 1, 1),
                new Locality(false, ImmutableSortedSet.of("n1"), ImmutableSortedSet.of("/r1")))
            .excludes("n9")
            .deadline(60_000);
    ImmutableSortedMap<String, Reservation> reservations =
        ImmutableSortedMap.of(
            "",
            new Reservation(
                new GangId("wide"),
                "",
                ImmutableSortedMap.of(new NodeId("n1"), new Resources(2000, 2, 2))));
    Forecast forecast = new Forecast(60_000, 90_000, 65_000.5);
    ClusterSnapshot snapshot =
        Picture.of(
                """
                r1/n1 x . .
                r2/n2@big . -
                """)
            .with(
                reservations,
                (elastic ? small.upTo(4) : small).build(),
                gang("wide")
                    .members(3, 1)
                    .phase(Gang.Phase.REPLACING)
                    .limit(new Rejection(Reason.USER_AT_LIMIT, "asked \"3\""))
                    .build())
            .withForecasts(
                ImmutableList.of(
                    new RunningGang(
                        new GangId("runs"),
                        ImmutableList.of(
                            new Placement.Member(
                                new AskKey(1, 5), new Resources(1000, 1, 1), new NodeId("n1"))),
                        30_000,
                        Optional.empty(),
                        elastic ? Optional.of(new Elastic(3, 2, 4, 630_000)) : Optional.empty())),
                ImmutableMap.of(
                    new GangId("runs"), elastic ? forecast.withIndex(40_000.5) : forecast));
    Plan plan =
        new Plan(
            ImmutableList.of(
                new Placement(
                    new GangId("small"),
                    "",
                    ImmutableList.of(
                        new Placement.Member(
                            new AskKey(0, 0), new Resources(512, 1, 1), new NodeId("n1"))))),
            reservations,
            ImmutableSortedMap.of(),
            elastic ? shrinks() : ImmutableSortedMap.of(),
            ImmutableSortedMap.of(
                new GangId("wide"), new Rejection(Reason.USER_AT_LIMIT, "asked \"3\"")));
    return new Cycle(
        812,
        PolicyName.PREDICTED,
        snapshot,
        Optional.of(plan),
        ImmutableList.of(Cycle.Outcome.STALE),
        Optional.of("java.lang.IllegalStateException: after the commit"),
        OptionalLong.of(14_000_000));
  }

  private static ImmutableSortedMap<GangId, Eviction> shrinks() {
    return ImmutableSortedMap.of(
        new GangId("wide"),
        new Eviction(
            new Placement(
                new GangId("wide"),
                "",
                ImmutableList.of(
                    new Placement.Member(
                        new AskKey(0, 0), new Resources(1000, 1, 1), new NodeId("n1")))),
            ImmutableSortedSet.of(),
            ImmutableSortedMap.of(
                new GangId("runs"),
                new Eviction.Shrink(
                    ImmutableList.of(
                        new Placement.Member(
                            new AskKey(1, 5), new Resources(1000, 1, 1), new NodeId("n1"))),
                    2)),
            OptionalLong.empty()));
  }

  /** Never rewritten: journals of that time exist. */
  private static Cycle old(String file) throws Exception {
    return CycleJson.parse(
        Files.readString(
            Golden.REPOSITORY.resolve("yarn-gpu-scheduler/src/test/resources/journal/" + file)));
  }

  @Test
  void aLineFromBeforePromisesAndEvictionsHasNone() throws Exception {
    assertThat(old("version-2-before-promises.json")).isEqualTo(cycle(false));
  }

  @Test
  void aLineOfVersion1IsOneOfPriorityWithoutForecasts() throws Exception {
    Cycle now = cycle(false);
    assertThat(old("version-1.json"))
        .isEqualTo(
            new Cycle(
                now.number(),
                PolicyName.PRIORITY,
                now.snapshot().withForecasts(ImmutableList.of(), ImmutableMap.of()),
                now.plan(),
                now.outcomes(),
                now.failure(),
                now.planNanos()));
  }

  /** Orders of queues, loans and costs came later; without any, a line is as it was. */
  @Test
  void aLineOfVersion2WithOrdersAndLoans() throws Exception {
    Cycle plain = cycle();
    Cycle ordered =
        new Cycle(
            plain.number(),
            plain.policy(),
            plain
                .snapshot()
                .withOrders(
                    new Orders(
                        ImmutableMap.of("root.a", LeafOrderName.FAIR_OVER_TIME),
                        new OrderWeights(1, 0.5, 2, -1),
                        3_600_000,
                        ImmutableMap.of(
                            "root.a", ImmutableMap.of("ann", new Orders.UserTerms(2, 1.5e9))),
                        ImmutableMap.of(
                            new GangId("small"),
                            new Orders.GangTerms(36_000, OptionalLong.of(90_000))),
                        ImmutableMap.of("", new Orders.LateTerms(54_000_000, 1.5e10))))
                .withLoans(
                    new Loans(
                        ImmutableSortedMap.of(
                            new GangId("small"), new Loans.Borrower(OptionalLong.of(600_000)),
                            new GangId("wide"), new Loans.Borrower(OptionalLong.empty())),
                        ImmutableSortedMap.of(new GangId("elastic"), new Loans.Surplus(8)),
                        ImmutableSortedMap.of("", 2),
                        ImmutableSortedMap.of("", 1),
                        ImmutableSortedSet.of(new NodeId("n1"))))
                .withEvictionCosts(ImmutableMap.of(new GangId("wide"), 92_000L)),
            plain.plan(),
            plain.outcomes(),
            plain.failure(),
            plain.planNanos());
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    CycleJson.print(ordered, out);
    Golden.assertHolds(ORDERS_FILE, out.toString(UTF_8));
    assertThat(CycleJson.parse(Files.readString(Golden.REPOSITORY.resolve(ORDERS_FILE))))
        .isEqualTo(ordered);
  }

  @Test
  void aLineOfVersion2() throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    CycleJson.print(cycle(), out);
    Golden.assertHolds(FILE, out.toString(UTF_8));
    assertThat(CycleJson.parse(Files.readString(Golden.REPOSITORY.resolve(FILE))))
        .isEqualTo(cycle());
  }
}
