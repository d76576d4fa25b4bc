package org.yarngpu.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class ServiceSpecReaderTest {

  @Test
  void whatIsPrintedIsReadBack() throws IOException, JobSpecException {
    ServiceSpec full =
        spec(
            2,
            OptionalDouble.of(1.5),
            Optional.of("/health"),
            new LoadOrigin(LoadOrigin.Kind.REPLICAS, "/metrics"));
    assertThat(ServiceSpecReader.parse(ServiceSpecReader.print(full))).isEqualTo(full);
    ServiceSpec bare = spec(1, OptionalDouble.empty(), Optional.empty(), LoadOrigin.NONE);
    assertThat(ServiceSpecReader.parse(ServiceSpecReader.print(bare))).isEqualTo(bare);
  }

  @Test
  void aServiceDeclaresAGangOfOneForInference() {
    Declaration declaration =
        spec(2, OptionalDouble.empty(), Optional.empty(), LoadOrigin.NONE).declaration();
    assertThat(declaration.gang()).hasValue(1);
    assertThat(declaration.memberGpus()).hasValue(2);
    assertThat(declaration.kind()).contains(JobKind.INFERENCE);
  }

  @Test
  void boundsMustBeInOrder() {
    assertThatThrownBy(() -> spec(9, OptionalDouble.empty(), Optional.empty(), LoadOrigin.NONE))
        .hasMessageContaining("0 <= min <= max and 1 <= max <= 100000, but are 9 and 8");
  }

  private static ServiceSpec spec(
      int min, OptionalDouble rate, Optional<String> health, LoadOrigin load) {
    return new ServiceSpec(
        new JobSpec(
            "s",
            "inference",
            1,
            1,
            2,
            1,
            512,
            ImmutableMap.of("A", "b"),
            ImmutableList.of(),
            ImmutableList.of(),
            0,
            false,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            0,
            ImmutableList.of(),
            ImmutableList.of("serve", "$PORT")),
        min,
        8,
        200,
        rate,
        4,
        "PORT",
        health,
        load,
        Duration.ofMinutes(10),
        Duration.ofSeconds(30),
        Duration.ofMinutes(5),
        min > 1);
  }
}
