package org.yarngpu.rm;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class TestedVersionsTest {
  @Test
  void testedVersionsAndTheirVendorBuildsPass() {
    assertThatCode(() -> TestedVersions.check("3.4.2")).doesNotThrowAnyException();
    assertThatCode(() -> TestedVersions.check("3.5.0-vendor7")).doesNotThrowAnyException();
  }

  @Test
  void anyOtherVersionIsRefusedInOneLineThatNamesTheTested() {
    assertThatThrownBy(() -> TestedVersions.check("3.4.20"))
        .hasMessageStartingWith(
            "Hadoop 3.4.20 was not tested with this scheduler; tested are 3.4.2 and 3.5.0.");
  }
}
