package org.yarngpu.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import org.junit.jupiter.api.Test;
import org.yarngpu.model.LeafOrderName;
import org.yarngpu.model.OrderWeights;
import org.yarngpu.model.Orders;

class SettingsTest {
  private static Settings settings(String key, String value) {
    return Settings.from(ImmutableMap.of(key, value));
  }

  @Test
  void anEmptyFileIsAllDefaults() {
    Settings settings = Settings.from(ImmutableMap.of());
    assertThat(settings.cyclePeriodMinMs()).isEqualTo(10);
    assertThat(settings.fallbackAfterFailures()).isEqualTo(5);
    assertThat(settings.journalDir()).isEmpty();
    assertThat(settings.queueDefaults()).isEmpty();
  }

  @Test
  void keysOutsideThePrefixAreIgnored() {
    assertThat(settings("yarn.scheduler.capacity.root.queues", "a")).isNotNull();
    assertThat(settings("yarn.scheduler.gpux", "a")).isNotNull();
  }

  @Test
  void aBadValueNamesKeyValueAndRange() {
    assertThatThrownBy(() -> settings("yarn.scheduler.gpu.cycle.period-min-ms", "5"))
        .isInstanceOf(ConfigException.class)
        .hasMessage(
            "yarn.scheduler.gpu.cycle.period-min-ms is \"5\" but must be a whole number of"
                + " milliseconds in [10, 60000].");
    assertThatThrownBy(() -> settings("yarn.scheduler.gpu.cycle.period-min-ms", "fast"))
        .hasMessageStartingWith("yarn.scheduler.gpu.cycle.period-min-ms is \"fast\" but must be");
  }

  @Test
  void theFolderOfTheJournalIsAbsoluteOrEmpty() {
    assertThat(settings("yarn.scheduler.gpu.journal.dir", " /var/journal ").journalDir())
        .isEqualTo("/var/journal");
    assertThat(settings("yarn.scheduler.gpu.journal.dir", "").journalDir()).isEmpty();
    assertThatThrownBy(() -> settings("yarn.scheduler.gpu.journal.dir", "journal"))
        .hasMessage(
            "yarn.scheduler.gpu.journal.dir is \"journal\" but must be empty or an absolute path of"
                + " the local file system.");
  }

  @Test
  void anUnknownKeyNamesTheNearest() {
    assertThatThrownBy(() -> settings("yarn.scheduler.gpu.cycle.period-mim-ms", "50"))
        .hasMessage(
            "Unknown key yarn.scheduler.gpu.cycle.period-mim-ms. Maybe"
                + " yarn.scheduler.gpu.cycle.period-min-ms was meant.");
  }

  @Test
  void theLongestPeriodIsNotShorterThanTheShortest() {
    assertThatThrownBy(
            () ->
                Settings.from(
                    ImmutableMap.of(
                        "yarn.scheduler.gpu.cycle.period-min-ms",
                        "50",
                        "yarn.scheduler.gpu.cycle.period-max-ms",
                        "20")))
        .hasMessageContaining("must be at least yarn.scheduler.gpu.cycle.period-min-ms");
  }

  @Test
  void declarationsOfAQueueAreKeptByItsPath() {
    Settings settings = settings("yarn.scheduler.gpu.queue.root.batch.gpu.gang.timeout", " 2h ");
    assertThat(settings.defaultsOf("root.batch"))
        .isEqualTo(ImmutableMap.of("gpu.gang.timeout", "2h"));
    assertThat(settings.defaultsOf("root.other")).isEmpty();
  }

  @Test
  void aQueueKeyWithoutADeclarationIsUnknown() {
    assertThatThrownBy(() -> settings("yarn.scheduler.gpu.queue.root.batch.gang", "2"))
        .hasMessageContaining("Unknown key yarn.scheduler.gpu.queue.root.batch.gang");
  }

  @Test
  void aBadDefaultOfAQueueNamesItsKeys() {
    assertThatThrownBy(() -> settings("yarn.scheduler.gpu.queue.root.batch.gpu.gang", "many"))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith(
            "Keys yarn.scheduler.gpu.queue.root.batch.*: BAD_DECLARATION: gpu.gang is \"many\"");
  }

  @Test
  void aQueueHasItsOrderOrThatOfTheNearestQueueAbove() {
    OrderSettings orders =
        Settings.from(
                ImmutableMap.of(
                    "yarn.scheduler.gpu.queue.root.batch.order", " fair-over-time ",
                    "yarn.scheduler.gpu.queue.root.batch.night.order", "fifo",
                    "yarn.scheduler.gpu.queue.root.gpu.order.order", "deadline"))
            .orders();
    assertThat(orders.of("root.batch")).isEqualTo(LeafOrderName.FAIR_OVER_TIME);
    assertThat(orders.of("root.batch.day.ann")).isEqualTo(LeafOrderName.FAIR_OVER_TIME);
    assertThat(orders.of("root.batch.night")).isEqualTo(LeafOrderName.FIFO);
    assertThat(orders.of("root.gpu.order")).isEqualTo(LeafOrderName.DEADLINE);
    assertThat(orders.of("root.batchelor")).isEqualTo(LeafOrderName.PREDICTED);
    assertThat(orders.of("root")).isEqualTo(LeafOrderName.PREDICTED);
    assertThat(orders.of(ImmutableList.of("root", "root.batch.day")).byQueue())
        .isEqualTo(ImmutableMap.of("root.batch.day", LeafOrderName.FAIR_OVER_TIME));
  }

  @Test
  void withoutAnyOrderSnapshotsStayAsTheyWere() {
    assertThat(Settings.from(ImmutableMap.of()).orders().of(ImmutableList.of("root", "root.a")))
        .isEqualTo(Orders.DEFAULT);
  }

  @Test
  void aBadOrderNamesKeyValueAndWhatIsAccepted() {
    assertThatThrownBy(() -> settings("yarn.scheduler.gpu.queue.root.batch.order", "fast"))
        .isInstanceOf(ConfigException.class)
        .hasMessage(
            "yarn.scheduler.gpu.queue.root.batch.order is \"fast\" but must be predicted, fifo,"
                + " fair-over-time, tiresias or deadline.");
  }

  @Test
  void theQueueOfAnOrderIsNamedByItsPath() {
    assertThatThrownBy(() -> settings("yarn.scheduler.gpu.queue.batch.order", "fifo"))
        .hasMessage(
            "yarn.scheduler.gpu.queue.batch.order must name a queue by its path from root. Maybe"
                + " yarn.scheduler.gpu.queue.root.batch.order was meant.");
    assertThatThrownBy(() -> settings("yarn.scheduler.gpu.queue.order", "fifo"))
        .hasMessageEndingWith("Maybe yarn.scheduler.gpu.queue.root.order was meant.");
    assertThatThrownBy(() -> settings("yarn.scheduler.gpu.queue.root.batch.ordr", "fifo"))
        .hasMessage(
            "Unknown key yarn.scheduler.gpu.queue.root.batch.ordr. Maybe"
                + " yarn.scheduler.gpu.queue.<queue path>.order or"
                + " yarn.scheduler.gpu.queue.<queue path>.gpu.gang was meant.");
  }

  @Test
  void weightsHaveARange() {
    assertThat(settings("yarn.scheduler.gpu.order.weight.size", "-1.5").orders().weights())
        .isEqualTo(new OrderWeights(0, 0, 0, -1.5));
    for (String bad : new String[] {"-0.1", "10.1", "NaN", "heavy"}) {
      assertThatThrownBy(() -> settings("yarn.scheduler.gpu.order.weight.age", bad))
          .hasMessage(
              "yarn.scheduler.gpu.order.weight.age is \"%s\" but must be a number in [0, 10]."
                  .formatted(bad));
    }
  }
}
