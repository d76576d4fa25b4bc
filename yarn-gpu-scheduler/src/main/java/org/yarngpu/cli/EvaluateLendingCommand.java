package org.yarngpu.cli;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.yarngpu.sim.Conditions;
import org.yarngpu.sim.Fit;
import org.yarngpu.sim.Job;
import org.yarngpu.sim.Service;
import org.yarngpu.sim.Workload;
import org.yarngpu.sim.lend.LendingEvaluation;
import org.yarngpu.sim.lend.LendingReport;
import org.yarngpu.sim.lend.Pools;
import org.yarngpu.sim.report.LendingTable;
import org.yarngpu.sim.scale.ScaleEvaluation;
import org.yarngpu.sim.workload.LoadScaling;
import org.yarngpu.sim.workload.ServiceFile;
import org.yarngpu.sim.workload.TraceException;
import org.yarngpu.sim.workload.TraceFormat;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Compares rules of lending idle GPUs of services to jobs. */
@Command(
    name = "lending",
    description =
        "Runs the jobs of a trace beside services that follow their load: without loans, with loans"
            + " of all that is idle, and with loans by forecast; and compares job completion times,"
            + " evictions and how long services wait for their GPUs.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    sortOptions = false)
final class EvaluateLendingCommand implements Callable<Integer> {
  private static final double DAYS_MAX = 365;
  private static final long DAY_MS = 86_400_000;
  private static final long SECONDS_MAX = 86_400;

  @Spec private CommandSpec command = CommandSpec.create();

  @Option(
      names = "--trace",
      paramLabel = "FILE",
      required = true,
      description = "Training jobs, plain or .gz; see: trace --help. Their queues do not count.")
  private Path trace = Path.of("");

  @Option(
      names = "--format",
      paramLabel = "NAME",
      description = "Of the trace; default: what it looks like.")
  private @Nullable String format;

  @Option(names = "--skip-malformed", description = "Go on without malformed rows.")
  private boolean skipMalformed;

  @Option(
      names = "--drop-hopeless",
      description = "Go on without the jobs that the training queue could never run.")
  private boolean dropHopeless;

  @Option(
      names = "--services",
      paramLabel = "FILE",
      required = true,
      description =
          "CSV service,queue,gpus_per_replica,replicas_min,replicas_max,start_delay_s,load,"
              + "service_rate,slo_ms; a service without a load or rate holds its most replicas.")
  private Path services = Path.of("");

  @Option(names = "--nodes", paramLabel = "N", required = true, description = "Nodes, all alike.")
  private int nodes;

  @Option(
      names = "--gpus-per-node",
      paramLabel = "G",
      defaultValue = "8",
      description = "GPUs of each node. Default: ${DEFAULT-VALUE}.")
  private int gpusPerNode;

  @Option(
      names = "--inference-gpus",
      paramLabel = "I",
      required = true,
      description =
          "GPUs that the services' queue owns: what their peak needs. The jobs' queue owns the"
              + " rest, and neither gets more.")
  private int inferenceGpus;

  @Option(
      names = "--opportunistic",
      paramLabel = "SHARE",
      defaultValue = "0.5",
      description =
          "Of the jobs that are narrow enough this share runs on lent GPUs only, where any are"
              + " lent. Default: ${DEFAULT-VALUE}.")
  private double opportunistic;

  @Option(
      names = "--opportunistic-gpus-max",
      paramLabel = "G",
      description = "Jobs of more GPUs never borrow. Default: as many as a node has.")
  private @Nullable Integer opportunisticGpusMax;

  @Option(
      names = "--reclaim-delay-s",
      split = ",",
      paramLabel = "S",
      defaultValue = "5,60,180",
      description =
          "From the notice to a borrower until its GPUs are free, in seconds; several are compared."
              + " Default: ${DEFAULT-VALUE}.")
  private List<Long> reclaimDelays = List.of();

  @Option(
      names = "--scaling",
      paramLabel = "NAME",
      defaultValue = "ours",
      description =
          "What scales the services: ours, hpa-N, wpai, static; see: evaluate autoscale --help."
              + " Default: ${DEFAULT-VALUE}.")
  private String scaling = "";

  @Option(
      names = "--learn-days",
      paramLabel = "D",
      defaultValue = "7",
      description =
          "The services run so long before the first job comes, and forecasts learn from them; what"
              + " they do then is not judged. Default: ${DEFAULT-VALUE}.")
  private double learnDays;

  @Option(
      names = "--load",
      paramLabel = "X",
      description =
          "Stretch or press the arrivals of jobs until they ask for this part of the GPU time of"
              + " their own queue, such as 0.9.")
  private @Nullable Double load;

  @Option(
      names = "--checkpoint-s",
      paramLabel = "S",
      defaultValue = "600",
      description =
          "How often jobs save their work whose trace does not say, in seconds; at most 900, or they"
              + " borrow only if they are forecast to end within an hour. Default: ${DEFAULT-VALUE}.")
  private long checkpointSeconds;

  @Option(
      names = "--preemption-cost-s",
      paramLabel = "S",
      defaultValue = "62",
      description =
          "Seconds for which an evicted job holds its GPUs without progress when it comes back."
              + " Default: ${DEFAULT-VALUE}.")
  private long preemptionCostSeconds;

  @Mixin private TraceReport report = new TraceReport();

  @Override
  public Integer call() {
    checkOptions();
    return report.exitCodeOf(
        () -> {
          try {
            evaluate();
          } catch (IllegalArgumentException wrong) {
            throw new ParameterException(command.commandLine(), wrong.getMessage() + ".");
          }
        });
  }

  private void checkOptions() {
    require(nodes >= 1 && nodes <= 100_000, "--nodes", nodes, "at least 1");
    require(gpusPerNode >= 1 && gpusPerNode <= 1_000, "--gpus-per-node", gpusPerNode, "at least 1");
    require(
        0 < inferenceGpus && inferenceGpus < nodes * gpusPerNode,
        "--inference-gpus",
        inferenceGpus,
        "at least 1 and below the %d of the cluster".formatted(nodes * gpusPerNode));
    require(
        opportunistic >= 0 && opportunistic <= 1, "--opportunistic", opportunistic, "in [0, 1]");
    require(
        reclaimDelays.stream().allMatch(delay -> delay >= 0 && delay <= SECONDS_MAX),
        "--reclaim-delay-s",
        reclaimDelays,
        "within a day and at least 0 each");
    require(
        ImmutableSet.copyOf(reclaimDelays).size() == reclaimDelays.size(),
        "--reclaim-delay-s",
        reclaimDelays,
        "different delays");
    require(
        learnDays >= 0 && learnDays <= DAYS_MAX,
        "--learn-days",
        learnDays,
        "in [0, %.0f]".formatted(DAYS_MAX));
    require(
        learnDays > 0 || !scaling.equals("static"),
        "--learn-days",
        learnDays,
        "above 0 where static scales, which learns from them");
    require(load == null || load > 0, "--load", load, "above 0");
    require(
        checkpointSeconds >= 0 && checkpointSeconds <= SECONDS_MAX,
        "--checkpoint-s",
        checkpointSeconds,
        "within a day and at least 0");
    require(
        preemptionCostSeconds >= 0 && preemptionCostSeconds <= SECONDS_MAX,
        "--preemption-cost-s",
        preemptionCostSeconds,
        "within a day and at least 0");
  }

  private void require(boolean holds, String option, @Nullable Object value, String otherwise) {
    if (!holds) {
      throw new ParameterException(
          command.commandLine(), "%s is %s but must be %s.".formatted(option, value, otherwise));
    }
  }

  private void evaluate() throws TraceException {
    Pools pools = new Pools(nodes, gpusPerNode, inferenceGpus);
    Workload workload = workload(pools).withServices(services());
    LendingEvaluation evaluation =
        new LendingEvaluation(
            pools,
            new Conditions(
                0,
                0,
                preemptionCostSeconds * 1000,
                checkpointSeconds * 1000,
                0,
                0,
                Conditions.IDEAL.partialHoldMs(),
                0),
            scaling,
            LendingEvaluation.borrowers(
                workload,
                opportunistic,
                opportunisticGpusMax == null ? gpusPerNode : opportunisticGpusMax),
            reclaimDelays.stream()
                .map(seconds -> seconds * 1000)
                .collect(ImmutableList.toImmutableList()));
    List<SimulationProgress> shown = new ArrayList<>();
    LendingReport found =
        evaluation.of(
            workload,
            name -> {
              shown.forEach(SimulationProgress::end);
              String run = "%d/%d %s".formatted(shown.size() + 1, evaluation.runs(), name);
              shown.add(new SimulationProgress(err(), Help.Ansi.AUTO.enabled(), run));
              return shown.get(shown.size() - 1);
            });
    shown.forEach(SimulationProgress::end);
    report.print(LendingTable.text(found), LendingTable.json(found));
  }

  private Workload workload(Pools pools) throws TraceException {
    TraceFormat kind = format == null ? TraceFormat.of(trace) : TraceFormat.named(format);
    Workload read = report.workload(kind.read(trace), skipMalformed);
    ImmutableList<Job> hopeless =
        new Fit(pools.inventory(), pools.queues()).hopeless(pools.sorted(read));
    if (!hopeless.isEmpty()) {
      String message =
          "%s: %d of %d jobs could never run on the %d GPUs of their queue, the first is %s."
              .formatted(
                  trace,
                  hopeless.size(),
                  read.jobs().size(),
                  pools.trainGpus(),
                  hopeless.get(0).id());
      if (!dropHopeless || hopeless.size() == read.jobs().size()) {
        throw new ParameterException(
            command.commandLine(), message + " Maybe leave them out: --drop-hopeless");
      }
      err().println(message + " They are left out.");
      ImmutableSet<String> out =
          hopeless.stream().map(Job::id).collect(ImmutableSet.toImmutableSet());
      read =
          read.withJobs(
              read.jobs().stream()
                  .filter(job -> !out.contains(job.id()))
                  .collect(ImmutableList.toImmutableList()));
    }
    Workload loaded = load == null ? read : LoadScaling.toLoad(load, read, pools.trainGpus());
    long laterMs = Math.round(learnDays * DAY_MS) - loaded.jobs().get(0).submitMs();
    return loaded.withJobs(
        loaded.jobs().stream()
            .map(job -> job.submittedAt(job.submitMs() + laterMs))
            .collect(ImmutableList.toImmutableList()));
  }

  private ImmutableList<Service> services() throws TraceException {
    ImmutableList<Service> read = ServiceFile.read(services);
    for (Service service : read) {
      if (service.demand().isPresent()
          && !ScaleEvaluation.knows(scaling, service.demand().get().conditions())) {
        throw new ParameterException(
            command.commandLine(),
            "no policy is called \"%s\". Maybe one of: ours, hpa-50, wpai, static."
                .formatted(scaling));
      }
    }
    return read;
  }

  private PrintWriter err() {
    return command.commandLine().getErr();
  }
}
