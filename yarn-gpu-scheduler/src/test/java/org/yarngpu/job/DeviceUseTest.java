package org.yarngpu.job;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableSortedMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.yarngpu.testing.Seeded;

class DeviceUseTest {
  @Test
  void percentsAreToldInStepsOfFiveByIndex() {
    assertThat(DeviceUse.text(ImmutableSortedMap.of(0, 41L, 2, 83L))).isEqualTo("40.x.85");
    assertThat(DeviceUse.text(ImmutableSortedMap.of())).isEmpty();
    assertThat(DeviceUse.percents("40.x.85")).isEqualTo(Map.of(0, 40, 2, 85));
  }

  @Test
  void whatIsNoUseTellsNothing() {
    for (String text : new String[] {"", "x", "101", "-5", "40..5", "40.", "H100", "007"}) {
      assertThat(DeviceUse.percents(text)).as(text).isEmpty();
    }
  }

  @Seeded(runs = 500)
  void whatIsToldIsReadWithinHalfAStep(SplittableRandom random) {
    TreeMap<Integer, Long> percents = new TreeMap<>();
    for (int i = random.nextInt(64); i > 0; i--) {
      percents.put(random.nextInt(63), random.nextLong(101));
    }
    String text = DeviceUse.text(percents);
    assertThat(text).hasSizeLessThanOrEqualTo(255);
    Map<Integer, Integer> read = DeviceUse.percents(text);
    assertThat(read.keySet()).isEqualTo(percents.keySet());
    read.forEach(
        (device, percent) ->
            assertThat(Math.abs(percent - percents.getOrDefault(device, -99L))).isLessThan(3));
  }
}
