package org.yarngpu.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedSet;
import org.junit.jupiter.api.Test;

class GpuModelsTest {
  private static ImmutableList<String> meant(String type, String... models) {
    return GpuModels.meant(ImmutableList.of(type), ImmutableSortedSet.copyOf(models));
  }

  @Test
  void aTypeIsTheNameOfAModelOrWordsOfIt() {
    String long80 = GpuModels.normalised(" NVIDIA-A100-SXM4-80GB ");
    assertThat(long80).isEqualTo("nvidia-a100-sxm4-80gb");
    assertThat(meant("a100", long80)).containsExactly(long80);
    assertThat(meant("nvidia a100 80gb", long80)).containsExactly(long80);
    assertThat(meant("a10", long80)).isEmpty();
    assertThat(meant("a100", "a1000", "")).isEmpty();
    assertThat(meant("_", long80, "")).isEmpty();
  }

  @Test
  void theNameOfAModelMeansNoOther() {
    assertThat(meant("a100", "a100", "a100-80gb")).containsExactly("a100");
    assertThat(meant("a100", "a100-40gb", "a100-80gb")).containsExactly("a100-40gb", "a100-80gb");
  }

  @Test
  void theOrderIsThatOfTheTypesAndEachModelComesOnce() {
    assertThat(
            GpuModels.meant(
                ImmutableList.of("80gb", "v100", "a100"),
                ImmutableSortedSet.of("a100-40gb", "a100-80gb", "v100")))
        .containsExactly("a100-80gb", "v100", "a100-40gb");
  }
}
