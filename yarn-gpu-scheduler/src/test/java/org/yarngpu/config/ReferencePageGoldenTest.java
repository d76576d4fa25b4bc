package org.yarngpu.config;

import org.junit.jupiter.api.Test;
import org.yarngpu.testing.Golden;

class ReferencePageGoldenTest {
  @Test
  void theSampleFileHoldsEveryKeyWithItsDefault() {
    Golden.assertHolds("conf/gpu-scheduler.xml", ReferencePage.xml());
  }

  @Test
  void theReferencePageHoldsEveryKey() {
    Golden.assertHolds("docs/configuration.md", ReferencePage.markdown());
  }
}
