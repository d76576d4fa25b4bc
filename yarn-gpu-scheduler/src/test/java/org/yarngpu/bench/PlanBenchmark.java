package org.yarngpu.bench;

import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.GangId;
import org.yarngpu.model.LeafOrderName;
import org.yarngpu.model.OrderWeights;
import org.yarngpu.model.Plan;
import org.yarngpu.planner.Planner;
import org.yarngpu.planner.StartEstimate;
import org.yarngpu.policy.GangOrder;
import org.yarngpu.policy.order.CapacityOrder;
import org.yarngpu.policy.order.OrderByQueue;

/** How long one cycle's decisions take; run by {@code scripts/bench plan}. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(value = 1, jvmArgsAppend = "-Xmx1g")
@Warmup(iterations = 3, time = 3)
@Measurement(iterations = 5, time = 5)
public class PlanBenchmark {
  private final Planner planner = Planner.priority();
  private final ClusterSnapshot wideGang = Workloads.wideGang();
  private final ClusterSnapshot scatteredGang = Workloads.scatteredGang();
  private final ClusterSnapshot allShapes = Workloads.hopelessGangsOfAllShapes();
  private final Planner predicted = Planner.predicted();
  private final ClusterSnapshot withForecasts = Workloads.waitingGangsWithForecasts();
  private final ClusterSnapshot weighted =
      Workloads.ordered(LeafOrderName.PREDICTED, new OrderWeights(1, 1, 1, 1));
  private final ClusterSnapshot fair =
      Workloads.ordered(LeafOrderName.FAIR_OVER_TIME, OrderWeights.NONE);
  private final ClusterSnapshot fewShapes = Workloads.hopelessGangsOfFewShapes();

  /** A gang of 512 members of 8 GPUs on 5,000 nodes in 50 racks. */
  @Benchmark
  public Plan wideGang() {
    return planner.plan(wideGang);
  }

  /** A gang of 512 members of 3 GPUs on 5,000 nearly full nodes in 50 racks. */
  @Benchmark
  public Plan scatteredGang() {
    return planner.plan(scatteredGang);
  }

  /** 10,000 gangs of as many shapes on 1,000 nodes, of which none fits now. */
  @Benchmark
  public Plan hopelessGangsOfAllShapes() {
    return planner.plan(allShapes);
  }

  /** 10,000 gangs of five shapes on 1,000 nodes, of which none fits now. */
  @Benchmark
  public Plan hopelessGangsOfFewShapes() {
    return planner.plan(fewShapes);
  }

  /** When the first 200 of them would start; once a minute. */
  @Benchmark
  public Map<GangId, StartEstimate> startEstimates() {
    return predicted.startEstimates(withForecasts);
  }

  /** The same gangs by forecast, with 2,000 gangs that run, in a cycle that may evict. */
  @Benchmark
  public Plan gangsWithForecasts() {
    return predicted.plan(withForecasts);
  }

  /** Only the order of the same gangs: by forecast, with all factors. */
  @Benchmark
  public int orderByForecast() {
    return turns(weighted);
  }

  /** Only the order of the same gangs: by what users have used of late. */
  @Benchmark
  public int orderByUse() {
    return turns(fair);
  }

  private static int turns(ClusterSnapshot snapshot) {
    GangOrder.Turns turns =
        new CapacityOrder(new OrderByQueue()).turns(snapshot, "", snapshot.gangs());
    int count = 0;
    while (turns.next() != null) {
      count++;
    }
    return count;
  }
}
