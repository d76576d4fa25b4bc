package org.yarngpu.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.yarngpu.testing.SimJobs.job;
import static org.yarngpu.testing.SimJobs.owned;
import static org.yarngpu.testing.SimJobs.workload;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InventorySpecTest {
  @Test
  void modelsNodesGpusAndSpeed() {
    Inventory inventory = InventorySpec.parse("v100:3x8, k80:1x4:0.4", 2).orElseThrow();
    assertThat(inventory.gpus()).isEqualTo(28);
    assertThat(inventory.commonModel()).isEqualTo("v100");
    assertThat(inventory.nodes().get(2))
        .isEqualTo(new NodeSpec("v100-node-00002", "/v100-rack-0001", "v100", 1, 8));
    assertThat(inventory.nodes().get(3))
        .isEqualTo(new NodeSpec("k80-node-00000", "/k80-rack-0000", "k80", 0.4, 4));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "v100", "v100:0x8", "v100:3x0", "v100:3x8:0", "v100:3x8,", "a:b"})
  void whatIsNoClusterIsRefused(String text) {
    assertThat(InventorySpec.parse(text, 8)).isEmpty();
  }

  @Test
  void jobsThatNoPolicyCouldStartAreFound() {
    Inventory inventory = InventorySpec.parse("v100:2x8,k80:1x4", 8).orElseThrow();
    Workload workload =
        workload(
            job("fits", 0, 1, 2, 8),
            job("wide-member", 0, 1, 1, 9),
            job("wide-gang", 0, 1, 5, 4),
            owned(job("k80-fits", 0, 1, 4), "", "", "", "k80"),
            owned(job("k80-wide", 0, 1, 5), "", "", "", "k80"),
            owned(job("no-such-model", 0, 1, 1), "", "", "", "a100"));
    assertThat(new Fit(inventory, QueueTree.SINGLE).hopeless(workload))
        .extracting(Job::id)
        .containsExactly("k80-wide", "no-such-model", "wide-gang", "wide-member");
  }
}
