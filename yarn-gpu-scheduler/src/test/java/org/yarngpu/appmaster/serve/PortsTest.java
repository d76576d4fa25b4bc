package org.yarngpu.appmaster.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class PortsTest {

  @Test
  void twoPortsInARowThatNobodyHas() {
    int first = Ports.pair(1, List.of(), port -> false);
    assertThat(first).isBetween(Ports.MIN, Ports.MIN + Ports.COUNT - 2).isEven();
    assertThat(Ports.pair(1, List.of(first), port -> false)).isEqualTo(first + 2);
    assertThat(Ports.pair(1, List.of(), port -> port == first + 1)).isEqualTo(first + 2);
    assertThat(Ports.pair(2, List.of(), port -> false)).isNotEqualTo(first);
  }

  @Test
  void theSearchGoesOnFromTheStart() {
    int last = Ports.MIN + Ports.COUNT - 2;
    assertThat(Ports.pair(0, List.of(), port -> port < last)).isEqualTo(last);
    assertThat(Ports.pair(0, List.of(), port -> true)).isEqualTo(Ports.MIN);
  }
}
