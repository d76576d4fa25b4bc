package org.yarngpu.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ContractTest {

  private static final ImmutableMap<String, String> NOTHING = ImmutableMap.of();

  @Test
  void aJobThatSaysNothingDeclaresNothing() throws DeclarationException {
    assertThat(read(ImmutableMap.of("PATH", "/bin", "GPU_SOMETHING", "1"), "team-a", "web=3"))
        .isEqualTo(Declaration.none());
  }

  @Test
  void everyNameIsReadFromTheEnvironment() throws DeclarationException {
    assertThat(
            read(
                ImmutableMap.<String, String>builder()
                    .put("GPU_GANG", "8")
                    .put("GPU_GANG_MAX", " 16 ")
                    .put("GPU_GANG_GPUS", "4")
                    .put("GPU_GANG_TIMEOUT", "2h")
                    .put("GPU_CHECKPOINT", "15m")
                    .put("GPU_RUNTIME", "3d")
                    .put("GPU_JOB", "ResNet nightly")
                    .put("GPU_KIND", "Training")
                    .put("GPU_TYPE", "A100+V100")
                    .put("GPU_SHARE", "TRUE")
                    .put("GPU_DEADLINE", "6h")
                    .put("GPU_OPPORTUNISTIC", "true")
                    .build()))
        .isEqualTo(full());
  }

  @Test
  void everyNameIsReadFromTags() throws DeclarationException {
    assertThat(
            read(
                NOTHING,
                "gpu.gang=8",
                "gpu.gang.max=16",
                "gpu.gang.gpus=4",
                "gpu.gang.timeout=7200",
                "gpu.checkpoint=900s",
                "gpu.runtime=72h",
                "gpu.job=resnet nightly",
                "gpu.kind=training",
                "gpu.type=a100+v100",
                "gpu.share=true",
                "gpu.deadline=360m",
                "gpu.opportunistic=true"))
        .isEqualTo(full());
  }

  @Test
  void propertiesReadBackAsTheDeclarationTheyWereMadeFrom() throws DeclarationException {
    assertThat(read(Contract.properties(full()))).isEqualTo(full());
    assertThat(Contract.properties(Declaration.none())).isEmpty();
    assertThat(Contract.tags(Declaration.none())).isEmpty();
    Declaration shown = Contract.read(Map.of(), Contract.tags(full()), Map.of());
    assertThat(shown.gang()).isEqualTo(full().gang());
    assertThat(shown.memberGpus()).isEqualTo(full().memberGpus());
    assertThat(shown.runtime()).isEqualTo(full().runtime());
    assertThat(shown.checkpoint()).isEqualTo(full().checkpoint());
  }

  @Test
  void theEnvironmentGoesBeforeTagsAndTagsBeforeTheQueue() throws DeclarationException {
    ImmutableMap<String, String> queue =
        ImmutableMap.of("gpu.gang", "2", "gpu.runtime", "5m", "gpu.checkpoint", "7m");
    Declaration declaration =
        Contract.read(
            ImmutableMap.of("GPU_GANG", "8"),
            ImmutableList.of("gpu.gang=4", "gpu.runtime=6m"),
            queue);
    assertThat(declaration.gang()).hasValue(8);
    assertThat(declaration.runtime()).contains(Duration.ofMinutes(6));
    assertThat(declaration.checkpoint()).contains(Duration.ofMinutes(7));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          gpu.gang=eight         | gpu.gang is "eight" (application tag) but must be a whole number from 1 to 100000.
          gpu.gang=0             | gpu.gang is "0" (application tag) but must be a whole number from 1 to 100000.
          gpu.gang=100001        | gpu.gang is "100001" (application tag) but must be a whole number from 1 to 100000.
          gpu.gang               | gpu.gang is "" (application tag) but must be a whole number from 1 to 100000.
          gpu.gang.gpus=1025     | gpu.gang.gpus is "1025" (application tag) but must be a whole number from 1 to 1024.
          gpu.gang.timeout=0     | gpu.gang.timeout is "0" (application tag) but must be a duration from 1 second to 365 days, such as 90 (seconds), 90s, 15m, 2h or 3d.
          gpu.runtime=366d       | gpu.runtime is "366d" (application tag) but must be a duration from 1 second to 365 days, such as 90 (seconds), 90s, 15m, 2h or 3d.
          gpu.checkpoint=-5      | gpu.checkpoint is "-5" (application tag) but must be a duration from 1 second to 365 days, such as 90 (seconds), 90s, 15m, 2h or 3d.
          gpu.job=               | gpu.job is "" (application tag) but must be a name of 1 to 100 printable characters.
          gpu.kind=batch         | gpu.kind is "batch" (application tag) but must be training, inference or interactive.
          gpu.type=a100++v100    | gpu.type is "a100++v100" (application tag) but must be GPU models in order of preference with + between them, such as a100+v100.
          gpu.share=yes          | gpu.share is "yes" (application tag) but must be true or false.
          gpu.gang.max=4         | gpu.gang.max is "4" (application tag) but must not be given without gpu.gang.
          gpu.gangs=8            | gpu.gangs (application tag) is unknown. Maybe gpu.gang was meant.
          gpu.xyzzyxyzzyxyzzy=8  | gpu.xyzzyxyzzyxyzzy (application tag) is unknown.
          """)
  void aWrongTagIsRefusedInWords(String tag, String sentence) {
    assertThatThrownBy(() -> read(NOTHING, tag))
        .isInstanceOf(DeclarationException.class)
        .hasMessage("BAD_DECLARATION: " + sentence);
  }

  @Test
  void theChannelOfTheWrongValueIsNamed() {
    assertThatThrownBy(() -> read(ImmutableMap.of("GPU_GANG", "x")))
        .hasMessageContaining("gpu.gang is \"x\" (environment or scheduling property) but");
    assertThatThrownBy(
            () -> Contract.read(NOTHING, ImmutableList.of(), ImmutableMap.of("gpu.gang", "x")))
        .hasMessageContaining("gpu.gang is \"x\" (default of queue) but");
  }

  @Test
  void oneNameWithTwoValuesIsRefused() {
    assertThatThrownBy(() -> read(NOTHING, "gpu.gang=8", "gpu.gang=4"))
        .hasMessage(
            "BAD_DECLARATION: gpu.gang is given twice as application tag, \"4\" and \"8\","
                + " but must have one value.");
  }

  @Test
  void aMaximumBelowTheGangIsRefused() {
    assertThatThrownBy(() -> read(ImmutableMap.of("GPU_GANG", "8"), "gpu.gang.max=4"))
        .hasMessage(
            "BAD_DECLARATION: gpu.gang.max is \"4\" (application tag) but must be at least"
                + " gpu.gang, which is \"8\" (environment or scheduling property).");
  }

  private static Declaration full() {
    return new Declaration(
        OptionalInt.of(8),
        OptionalInt.of(16),
        OptionalInt.of(4),
        Optional.of(Duration.ofHours(2)),
        Optional.of(Duration.ofMinutes(15)),
        Optional.of(Duration.ofDays(3)),
        Optional.of("resnet nightly"),
        Optional.of(JobKind.TRAINING),
        ImmutableList.of("a100", "v100"),
        true,
        Optional.of(Duration.ofHours(6)),
        true);
  }

  private static Declaration read(Map<String, String> environment, String... tags)
      throws DeclarationException {
    Collection<String> given = ImmutableList.copyOf(tags);
    return Contract.read(environment, given, NOTHING);
  }
}
