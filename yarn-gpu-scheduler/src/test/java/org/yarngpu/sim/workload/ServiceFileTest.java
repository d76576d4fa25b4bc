package org.yarngpu.sim.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yarngpu.sim.Service;

class ServiceFileTest {
  private static final String HEADER =
      "service,queue,gpus_per_replica,replicas_min,replicas_max,start_delay_s,load\n";

  @TempDir private Path folder;

  private ImmutableList<Service> read(String rows) throws IOException, TraceException {
    Files.writeString(
        folder.resolve("load.csv"),
        "service,timestamp_s,requests,interval_s\na,60,30,60\na,0,120,60\nb,0,60,60\n");
    return ServiceFile.read(Files.writeString(folder.resolve("services.csv"), HEADER + rows));
  }

  @Test
  void aServiceAndItsLoad() throws IOException, TraceException {
    assertThat(read("chat,serve,2,1,8,90.5,load.csv\nocr,,1,0,1,,\n"))
        .containsExactly(
            new Service(
                "chat",
                "serve",
                2,
                1,
                8,
                90_500,
                ImmutableList.of(new Service.Load(0, 3), new Service.Load(60_000, 0.5))),
            new Service("ocr", "", 1, 0, 1, 0, ImmutableList.of()));
  }

  @Test
  void aMalformedRowIsNamed() {
    assertThatThrownBy(() -> read("chat,serve,2,9,8,0,\n"))
        .isInstanceOf(TraceException.class)
        .hasMessageContaining("services.csv:2: replicas of chat must be");
    assertThatThrownBy(() -> read("chat,serve,x,1,8,0,\n"))
        .hasMessageContaining("services.csv:2: gpus_per_replica");
    assertThatThrownBy(() -> read("chat,serve,1,1,8,0,missing.csv\n"))
        .hasMessageContaining("missing.csv");
  }
}
