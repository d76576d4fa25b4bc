package org.yarngpu.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableMap;
import org.junit.jupiter.api.Test;

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
}
