package org.yarngpu.nm;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.yarn.api.records.NodeAttribute;
import org.apache.hadoop.yarn.api.records.NodeAttributeType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class GpuUseAttributesTest {
  private static final NodeAttribute MODEL =
      NodeAttribute.newInstance(
          NodeAttribute.PREFIX_DISTRIBUTED, "gpu-model", NodeAttributeType.STRING, "H100");

  private final GpuUseAttributes attributes = new GpuUseAttributes();

  @BeforeEach
  void init() {
    attributes.init(new Configuration(false));
  }

  @AfterEach
  void nothingIsSeen() {
    GpuUseAttributes.seen(ImmutableSortedMap.of());
  }

  @Test
  void whatIsConfiguredStaysBesideTheUse() {
    GpuUseAttributes.seen(ImmutableSortedMap.of(0, 42L));
    attributes.setDescriptors(ImmutableSet.of(MODEL));
    assertThat(attributes.getDescriptors())
        .extracting(NodeAttribute::getAttributeValue)
        .containsExactlyInAnyOrder("H100", "40");
  }

  @Test
  void aUseThatIsUnknownIsNotTold() {
    attributes.setDescriptors(ImmutableSet.of(MODEL));
    assertThat(attributes.getDescriptors()).containsExactly(MODEL);
  }
}
