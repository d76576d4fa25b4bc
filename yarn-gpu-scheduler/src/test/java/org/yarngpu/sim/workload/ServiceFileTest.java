package org.yarngpu.sim.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableDoubleArray;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yarngpu.scale.ReplicaBounds;
import org.yarngpu.sim.LoadSeries;
import org.yarngpu.sim.Service;
import org.yarngpu.sim.Service.Demand;
import org.yarngpu.sim.ServiceConditions;

class ServiceFileTest {
  private static final String HEADER =
      "service,queue,gpus_per_replica,replicas_min,replicas_max,start_delay_s,load,service_rate,slo_ms\n";

  @TempDir private Path folder;

  private ImmutableList<Service> read(String rows) throws IOException, TraceException {
    Files.writeString(
        folder.resolve("load.csv"),
        "service,timestamp_s,requests,interval_s\na,60,30,60\na,0,120,60\nb,0,60,60\n");
    return ServiceFile.read(Files.writeString(folder.resolve("services.csv"), HEADER + rows));
  }

  @Test
  void aServiceAndItsLoad() throws IOException, TraceException {
    assertThat(
            read(
                """
                chat,serve,2,1,8,90.5,load.csv,2,750
                slow,,1,0,3,,load.csv,4,
                ocr,,1,0,1,,,,
                old,,1,0,1,,load.csv,,
                """))
        .containsExactly(
            new Service(
                "chat",
                "serve",
                2,
                1,
                8,
                90_500,
                demand(new ServiceConditions(2, 750, 90_500, new ReplicaBounds(1, 8)))),
            new Service(
                "slow",
                "",
                1,
                0,
                3,
                0,
                demand(new ServiceConditions(4, 250, 0, new ReplicaBounds(0, 3)))),
            new Service("ocr", "", 1, 0, 1, 0, Optional.empty()),
            new Service("old", "", 1, 0, 1, 0, Optional.empty()));
  }

  private static Optional<Demand> demand(ServiceConditions conditions) {
    return Optional.of(
        new Demand(
            new LoadSeries("load.csv", 60_000, ImmutableDoubleArray.of(3, 0.5)), conditions));
  }

  @Test
  void aMalformedRowIsNamed() {
    assertThatThrownBy(() -> read("chat,serve,2,9,8,0,,,\n"))
        .isInstanceOf(TraceException.class)
        .hasMessageContaining("services.csv:2: replicas of chat must be");
    assertThatThrownBy(() -> read("chat,serve,x,1,8,0,,,\n"))
        .hasMessageContaining("services.csv:2: gpus_per_replica");
    assertThatThrownBy(() -> read("chat,serve,1,1,8,0,missing.csv,,\n"))
        .hasMessageContaining("missing.csv");
    assertThatThrownBy(() -> read("chat,serve,1,1,8,0,load.csv,0,\n"))
        .hasMessageContaining("services.csv:2: serviceRate (0.0) must be positive");
  }
}
