package org.yarngpu.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import org.junit.jupiter.api.Test;

class DeviceTagTest {

  @Test
  void aTagNamesTheDeviceItWasMadeFor() {
    assertThat(DeviceTag.indexes(ImmutableList.of(DeviceTag.of(10), DeviceTag.of(0))))
        .containsExactly(0, 10);
  }

  @Test
  void foreignTagsNameNoDevice() {
    assertThat(
            DeviceTag.indexes(
                ImmutableList.of(
                    "gpu-index-", "gpu-index-x", "gpu-index-01", "web", "gpu-index--1")))
        .isEmpty();
  }

  @Test
  void anIndexBelowZeroHasNoTag() {
    assertThatThrownBy(() -> DeviceTag.of(-1)).hasMessage("index (-1) must lie in [0, 9999]");
  }
}
