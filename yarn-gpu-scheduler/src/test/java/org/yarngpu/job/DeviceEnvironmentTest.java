package org.yarngpu.job;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import org.junit.jupiter.api.Test;

class DeviceEnvironmentTest {

  @Test
  void aMemberSeesTheDevicesOfItsTags() {
    assertThat(DeviceEnvironment.of(ImmutableList.of(DeviceTag.of(3), DeviceTag.of(1))))
        .containsEntry("CUDA_VISIBLE_DEVICES", "1,3")
        .containsEntry("NVIDIA_VISIBLE_DEVICES", "1,3");
  }

  @Test
  void withoutDeviceTagsTheNodeDecides() {
    assertThat(DeviceEnvironment.of(ImmutableList.of("web"))).isEmpty();
  }
}
