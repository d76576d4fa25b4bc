package org.yarngpu.nm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSetMultimap;
import com.google.common.collect.ImmutableSortedSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yarngpu.nm.NvidiaSmi.Device;
import org.yarngpu.nm.NvidiaSmi.OnDevice;
import org.yarngpu.nm.NvidiaSmi.Reading;

class NvidiaSmiTest {
  private static final Duration LIMIT = Duration.ofSeconds(20);

  @TempDir private Path folder;

  private static OptionalLong known(long value) {
    return OptionalLong.of(value);
  }

  private static final OptionalLong UNKNOWN = OptionalLong.empty();

  /** A program that answers as the driver's does. */
  private String program(String devices, String processes) throws IOException {
    return script(
        """
        case $1 in
          --query-gpu=*) printf '%s' ;;
          --query-compute-apps=*) printf '%s' ;;
        esac
        """
            .formatted(devices, processes));
  }

  private String script(String body) throws IOException {
    Path script = folder.resolve("nvidia-smi");
    Files.writeString(script, "#!/bin/bash\n" + body);
    assertThat(script.toFile().setExecutable(true)).isTrue();
    return script.toString();
  }

  @Test
  void bothAnswersAreRead() throws Exception {
    String program =
        program(
            "0, GPU-aa, 37, 1024, 81559\\n1, GPU-bb, 0, 1, 81559\\n",
            "GPU-aa, 4711, 900\\nGPU-aa, 4712, 100\\n");
    assertThat(new NvidiaSmi(program, LIMIT).read())
        .isEqualTo(
            new Reading(
                ImmutableList.of(
                    new Device(0, "GPU-aa", known(37), known(1024), known(81559)),
                    new Device(1, "GPU-bb", known(0), known(1), known(81559))),
                ImmutableList.of(
                    new OnDevice("GPU-aa", 4711, known(900)),
                    new OnDevice("GPU-aa", 4712, known(100)))));
  }

  @Test
  void whatTheDriverDoesNotTellIsUnknown() throws Exception {
    String program = program("0, GPU-aa, [N/A], [Not Supported], N/A\\n", "GPU-aa, 4711, [N/A]\\n");
    assertThat(new NvidiaSmi(program, LIMIT).read())
        .isEqualTo(
            new Reading(
                ImmutableList.of(new Device(0, "GPU-aa", UNKNOWN, UNKNOWN, UNKNOWN)),
                ImmutableList.of(new OnDevice("GPU-aa", 4711, UNKNOWN))));
  }

  @Test
  void whatIsNoAnswerIsSaid() throws Exception {
    assertThatThrownBy(() -> new NvidiaSmi(folder.resolve("none").toString(), LIMIT).read())
        .isInstanceOf(IOException.class)
        .hasMessageContaining("none");
    String failing = script("echo 'NVIDIA-SMI has failed'; exit 9\n");
    assertThatThrownBy(() -> new NvidiaSmi(failing, LIMIT).read())
        .isInstanceOf(IOException.class)
        .hasMessageContaining("ended with 9: NVIDIA-SMI has failed");
    String talking = script("echo 'No devices were found'\n");
    assertThatThrownBy(() -> new NvidiaSmi(talking, LIMIT).read())
        .isInstanceOf(IOException.class)
        .hasMessageContaining("No devices were found");
  }

  @Test
  void oneThatHangsIsEnded() throws Exception {
    String hanging = script("echo $$ >'%s/pid'; exec sleep 600\n".formatted(folder));
    assertThatThrownBy(() -> new NvidiaSmi(hanging, Duration.ofSeconds(1)).read())
        .isInstanceOf(IOException.class)
        .hasMessageContaining("did not answer within 1000 ms");
  }

  private static DeviceClaim claim(String container, int percent, Integer... devices) {
    return new DeviceClaim(container, ImmutableSortedSet.copyOf(devices), percent);
  }

  @Test
  void aContainersUseIsThatOfItsDevicesAndItsProcesses() {
    Reading reading =
        new Reading(
            ImmutableList.of(
                new Device(0, "GPU-aa", known(80), known(1000), known(8000)),
                new Device(1, "GPU-bb", known(30), known(500), known(8000)),
                new Device(2, "GPU-cc", UNKNOWN, known(7), known(8000))),
            ImmutableList.of(
                new OnDevice("GPU-aa", 11, known(600)),
                new OnDevice("GPU-aa", 12, known(300)),
                new OnDevice("GPU-aa", 99, known(100))));
    ImmutableSetMultimap<String, Long> pids =
        ImmutableSetMultimap.<String, Long>builder().putAll("a", 11L, 12L).put("b", 21L).build();
    assertThat(
            ContainerUse.of(
                reading,
                ImmutableList.of(
                    claim("a", 100, 0),
                    claim("b", 100, 0, 1),
                    claim("c", 50, 1),
                    claim("d", 100, 2),
                    claim("e", 100),
                    claim("f", 100, 7)),
                pids))
        .containsExactly(
            new ContainerUse("a", known(80), known(900)),
            new ContainerUse("b", known(55), known(1500)),
            new ContainerUse("c", known(30), UNKNOWN),
            new ContainerUse("d", UNKNOWN, known(7)));
  }
}
