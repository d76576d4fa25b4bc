package org.yarngpu.cli;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.yarngpu.config.ConfigException;
import org.yarngpu.config.OrderSettings;
import org.yarngpu.config.Settings;
import org.yarngpu.model.LeafOrderName;
import org.yarngpu.model.WidthScaling;
import org.yarngpu.sim.Conditions;
import org.yarngpu.sim.Elasticity;
import org.yarngpu.sim.Fit;
import org.yarngpu.sim.GanttWindow;
import org.yarngpu.sim.Inventory;
import org.yarngpu.sim.InventorySpec;
import org.yarngpu.sim.Job;
import org.yarngpu.sim.QueueFile;
import org.yarngpu.sim.QueueFileException;
import org.yarngpu.sim.QueueTree;
import org.yarngpu.sim.RunResult;
import org.yarngpu.sim.Workload;
import org.yarngpu.sim.fast.FastHost;
import org.yarngpu.sim.policy.Policies;
import org.yarngpu.sim.report.Comparison;
import org.yarngpu.sim.report.JsonReport;
import org.yarngpu.sim.report.ReportFiles;
import org.yarngpu.sim.report.TableReport;
import org.yarngpu.sim.rm.RealHost;
import org.yarngpu.sim.rm.RealQueues;
import org.yarngpu.sim.workload.LoadScaling;
import org.yarngpu.sim.workload.ServiceFile;
import org.yarngpu.sim.workload.Shake;
import org.yarngpu.sim.workload.TraceException;
import org.yarngpu.sim.workload.TraceFormat;
import org.yarngpu.sim.workload.TraceReading;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Replays traces under several policies, and compares them. */
@Command(
    name = "simulate",
    description =
        "Replays traces on a simulated cluster under several policies, side by side, and reports how"
            + " long jobs would have waited.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    sortOptions = false)
final class SimulateCommand implements Callable<Integer> {

  private static final ImmutableMap<String, String> SCHEDULERS =
      ImmutableMap.of(
          "capacity",
          "org.apache.hadoop.yarn.server.resourcemanager.scheduler.capacity.CapacityScheduler",
          "fair",
          "org.apache.hadoop.yarn.server.resourcemanager.scheduler.fair.FairScheduler",
          "gpu",
          "org.yarngpu.rm.GpuScheduler");

  @Option(
      names = "--trace",
      required = true,
      split = ",",
      paramLabel = "F",
      description = "Traces, plain or .gz; see: trace --help.")
  private List<Path> traces = new ArrayList<>();

  @Option(
      names = "--format",
      paramLabel = "NAME",
      description = "Of the traces; default: what they look like.")
  private @Nullable String format;

  @Option(names = "--skip-malformed", description = "Go on without malformed rows.")
  private boolean skipMalformed;

  @Option(
      names = "--drop-hopeless",
      description = "Go on without the jobs that this cluster could never run.")
  private boolean dropHopeless;

  @Option(names = "--nodes", paramLabel = "N", description = "Nodes, all alike.")
  private int nodes;

  @Option(
      names = "--gpus-per-node",
      paramLabel = "G",
      defaultValue = "8",
      description = "GPUs of each node (default: ${DEFAULT-VALUE}).")
  private int gpusPerNode;

  @Option(
      names = "--gpu-models",
      paramLabel = "SPEC",
      description =
          "In place of --nodes: models with nodes x GPUs and relative speed, as"
              + " v100:20x8,k80:10x4:0.4. Jobs that name no model run on the first.")
  private @Nullable String gpuModels;

  @Option(
      names = "--nodes-per-rack",
      paramLabel = "N",
      defaultValue = "100000",
      description = "Nodes that share a rack (default: all).")
  private int nodesPerRack;

  @Option(
      names = "--queues",
      paramLabel = "FILE",
      description =
          "A capacity-scheduler.xml; a job's queue is the leaf of that name. Default: one queue for"
              + " all.")
  private @Nullable Path queues;

  @Option(
      names = "--settings",
      paramLabel = "FILE",
      description =
          "A gpu-scheduler.xml: orders of queues and weights for predicted and its kin; with --host"
              + " real all of it, for the scheduler gpu.")
  private @Nullable Path settings;

  @Option(
      names = "--policies",
      split = ",",
      paramLabel = "P",
      defaultValue = "fifo,easy,tiresias,qssf,priority,srtf-oracle",
      description =
          "What to compare (default: ${DEFAULT-VALUE}); known: ${COMPLETION-CANDIDATES}. Those that"
              + " begin with predicted take an order for all queues: predicted:fifo.",
      completionCandidates = PolicyNames.class)
  private List<String> policies = new ArrayList<>();

  @Option(
      names = "--services",
      paramLabel = "F",
      description =
          "Inference services that hold their GPUs beside the jobs, a CSV file"
              + " service,queue,gpus_per_replica,replicas_min,replicas_max,start_delay_s,load.")
  private @Nullable Path services;

  /** Where a run takes place. */
  enum Host {
    FAST,
    REAL
  }

  @Option(
      names = "--host",
      paramLabel = "fast|real",
      defaultValue = "fast",
      description =
          "fast: policies on a simulated cluster; real: scheduler classes of YARN in virtual time"
              + " (default: ${DEFAULT-VALUE}).")
  private Host host = Host.FAST;

  @Option(
      names = "--scheduler",
      split = ",",
      paramLabel = "CLASS",
      defaultValue = "capacity,gpu",
      description =
          "For --host real, in place of --policies: capacity, fair, gpu or the name of a class"
              + " (default: ${DEFAULT-VALUE}).")
  private List<String> schedulers = new ArrayList<>();

  @Option(
      names = "--preemption-cost-s",
      split = ",",
      paramLabel = "S",
      defaultValue = "62",
      description =
          "What an eviction costs the job: seconds for which it holds its GPUs without progress"
              + " when it comes back (default: ${DEFAULT-VALUE}).")
  private List<Long> preemptionCosts = new ArrayList<>();

  @Option(
      names = "--checkpoint-s",
      paramLabel = "S",
      defaultValue = "0",
      description =
          "How often jobs save their work whose trace does not say (default: at every moment).")
  private long checkpointSeconds;

  @Option(
      names = "--am-start-s",
      paramLabel = "S",
      defaultValue = "0",
      description = "From submission until the job asks for its gang (default: ${DEFAULT-VALUE}).")
  private long amStartSeconds;

  @Option(
      names = "--member-start-s",
      paramLabel = "S",
      defaultValue = "0",
      description =
          "From the allocation of a member until it computes (default: ${DEFAULT-VALUE}).")
  private long memberStartSeconds;

  @Option(
      names = "--node-up-h",
      paramLabel = "H",
      defaultValue = "0",
      description = "Mean time until a node fails (default: never).")
  private double nodeUpHours;

  @Option(
      names = "--node-repair-s",
      paramLabel = "S",
      defaultValue = "3600",
      description = "How long a failed node is away (default: ${DEFAULT-VALUE}).")
  private long nodeRepairSeconds;

  @Option(
      names = "--elastic-share",
      paramLabel = "P",
      defaultValue = "0",
      description =
          "This part of the jobs, drawn by seed, may change its width under predicted and its kin"
              + " (default: none).")
  private double elasticShare;

  @Option(
      names = "--elastic-min",
      paramLabel = "F",
      defaultValue = "0.5",
      description =
          "Fewest members of an elastic job, in those of the trace (default: ${DEFAULT-VALUE}).")
  private double elasticMinimum;

  @Option(
      names = "--elastic-max",
      paramLabel = "F",
      defaultValue = "2",
      description =
          "Most members of an elastic job, in those of the trace (default: ${DEFAULT-VALUE}).")
  private double elasticMaximum;

  @Option(
      names = "--elastic-exponent",
      paramLabel = "B",
      defaultValue = "0.9",
      description =
          "The speed of w members is w to this power; 1 is proportional (default:"
              + " ${DEFAULT-VALUE}).")
  private double elasticExponent;

  @Option(
      names = "--load",
      paramLabel = "X",
      description = "Stretch or press the arrivals until the trace offers this load, such as 0.9.")
  private @Nullable Double load;

  @Option(
      names = "--seeds",
      paramLabel = "K",
      defaultValue = "1",
      description = "Repeat with the seeds 1 to K, of --shake and of node failures (default: 1).")
  private int seeds;

  @Option(
      names = "--shake",
      description = "Move each arrival by up to a minute, differently for each seed.")
  private boolean shake;

  @Option(
      names = "--gantt-hour",
      paramLabel = "H",
      description = "Hour of the trace for the Gantt chart (default: the one most behind).")
  private @Nullable Long ganttHour;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Write summary.csv, jobs.csv, summary.json and report.html there.")
  private @Nullable Path out;

  @Option(
      names = "--json",
      description = "Print one JSON object on standard output, and nothing else there.")
  private boolean json;

  @Spec private CommandSpec command = CommandSpec.create();

  /** For the help text. */
  static final class PolicyNames extends ArrayList<String> {
    private static final long serialVersionUID = 1;

    PolicyNames() {
      super(Policies.BY_NAME.keySet());
    }
  }

  @Override
  public Integer call() {
    try {
      simulate();
      return Main.DONE;
    } catch (TraceException | QueueFileException wrong) {
      err().println(wrong.getMessage());
      return Main.WRONG_USAGE;
    } catch (ConfigException wrong) {
      err().printf("%s: %s%n", settings, wrong.getMessage());
      return Main.WRONG_USAGE;
    } catch (IllegalArgumentException wrong) {
      err().println(wrong.getMessage() + ".");
      return Main.WRONG_USAGE;
    } catch (IOException failure) {
      err().println(failure.getMessage());
      return Main.FAILED;
    }
  }

  private void simulate() throws TraceException, QueueFileException, IOException {
    checkOptions();
    Inventory inventory = inventory();
    QueueTree tree = queues == null ? QueueTree.SINGLE : QueueFile.read(queues);
    ImmutableMap<String, String> properties =
        settings == null ? ImmutableMap.of() : ImmutableMap.copyOf(QueueFile.properties(settings));
    OrderSettings orders = orders(properties, tree);
    List<RunResult> runs = new ArrayList<>();
    GanttWindow gantt = GanttWindow.NONE;
    for (Path trace : traces) {
      Workload workload = workload(trace, new Fit(inventory, tree), inventory.gpus());
      gantt =
          ganttHour == null
              ? GanttWindow.busiestHour(workload, inventory.gpus())
              : GanttWindow.hour(ganttHour);
      for (int seed = 1; seed <= seeds; seed++) {
        Workload shaken = shake ? Shake.of(workload, seed) : workload;
        for (long cost : preemptionCosts) {
          for (String policy : host == Host.FAST ? policies : schedulers) {
            Conditions conditions = conditions(cost, seed);
            SimulationProgress progress = progress(policy, runs.size() + 1);
            runs.add(
                host == Host.FAST
                    ? new FastHost(inventory, tree, conditions, gantt)
                        .run(shaken, policy, orders, progress)
                    : new RealHost(inventory, realQueues(), conditions, gantt)
                        .run(
                            shaken, SCHEDULERS.getOrDefault(policy, policy), properties, progress));
            progress.end();
          }
        }
      }
    }
    report(runs, gantt);
  }

  private static OrderSettings orders(ImmutableMap<String, String> properties, QueueTree tree) {
    OrderSettings orders = Settings.from(properties).orders();
    for (String queue : orders.byPath().keySet()) {
      if (!tree.byPath().containsKey(queue)) {
        throw new ConfigException(
            "there is no queue %s. Maybe --queues names the file that has it".formatted(queue));
      }
    }
    return orders;
  }

  private RealQueues realQueues() {
    return queues == null ? RealQueues.of(QueueTree.SINGLE) : RealQueues.ofFile(queues);
  }

  private SimulationProgress progress(String policy, int number) {
    int policyCount = host == Host.FAST ? policies.size() : schedulers.size();
    int count = traces.size() * seeds * preemptionCosts.size() * policyCount;
    return new SimulationProgress(
        err(), Help.Ansi.AUTO.enabled(), "%d/%d %s".formatted(number, count, policy));
  }

  private void report(List<RunResult> runs, GanttWindow gantt) throws IOException {
    Comparison comparison = Comparison.of(runs);
    PrintWriter standardOutput = command.commandLine().getOut();
    standardOutput.println(json ? JsonReport.of(comparison) : TableReport.of(comparison));
    if (out != null) {
      for (Path file : ReportFiles.write(out, runs, comparison, gantt.fromMs())) {
        err().println(file);
      }
    }
  }

  private void checkOptions() {
    require(
        (nodes > 0) != (gpuModels != null),
        "Either --nodes or --gpu-models says what the cluster is.");
    require(gpusPerNode > 0, "--gpus-per-node must be at least 1.");
    require(nodesPerRack > 0, "--nodes-per-rack must be at least 1.");
    require(seeds > 0, "--seeds must be at least 1.");
    require(load == null || load > 0, "--load must be above 0.");
    require(
        checkpointSeconds >= 0
            && amStartSeconds >= 0
            && memberStartSeconds >= 0
            && nodeRepairSeconds >= 0
            && nodeUpHours >= 0
            && preemptionCosts.stream().allMatch(cost -> cost >= 0),
        "Times must not be negative.");
    require(elasticShare >= 0 && elasticShare <= 1, "--elastic-share must lie in [0, 1].");
    require(elasticMinimum > 0 && elasticMinimum <= 1, "--elastic-min must lie in (0, 1].");
    require(elasticMaximum >= 1 && elasticMaximum <= 1000, "--elastic-max must lie in [1, 1000].");
    require(elasticExponent > 0 && elasticExponent <= 1, "--elastic-exponent must lie in (0, 1].");
    require(
        elasticShare == 0 || host == Host.FAST,
        "On --host real every job has one width, so there is no --elastic-share. Maybe leave it out,"
            + " or take --host fast.");
    for (String policy : policies) {
      require(
          Policies.named(policy, Policies.DEFAULT_ORDERS).isPresent(),
          "There is no policy \"%s\"; known: %s. Those that begin with predicted take an order: %s."
              .formatted(
                  policy, String.join(", ", Policies.BY_NAME.keySet()), LeafOrderName.ACCEPTED));
    }
    require(
        ImmutableSet.copyOf(policies).size() == policies.size(),
        "--policies names one policy twice.");
  }

  private void require(boolean condition, String message) {
    if (!condition) {
      throw new ParameterException(command.commandLine(), message);
    }
  }

  private Inventory inventory() {
    if (gpuModels == null) {
      return new Inventory(InventorySpec.nodes("", nodes, gpusPerNode, 1, nodesPerRack));
    }
    return InventorySpec.parse(gpuModels, nodesPerRack)
        .orElseThrow(
            () ->
                new ParameterException(
                    command.commandLine(),
                    "--gpu-models is \"%s\" but must look like v100:20x8,k80:10x4:0.4."
                        .formatted(gpuModels)));
  }

  private Workload workload(Path trace, Fit fit, int gpus) throws TraceException {
    TraceFormat kind = format == null ? TraceFormat.of(trace) : TraceFormat.named(format);
    TraceReading reading = kind.read(trace);
    if (skipMalformed && !reading.malformed().isEmpty()) {
      err().printf("%s: %s malformed rows are skipped.%n", trace, reading.malformed().size());
    }
    Workload workload = skipMalformed ? reading.workloadOfTheRest() : reading.workload();
    ImmutableList<Job> hopeless = fit.hopeless(workload);
    if (!hopeless.isEmpty()) {
      workload = withoutHopeless(trace, workload, hopeless);
    }
    if (load != null) {
      workload = LoadScaling.toLoad(load, workload, gpus);
    }
    return services == null ? workload : workload.withServices(ServiceFile.read(services));
  }

  private Workload withoutHopeless(Path trace, Workload workload, ImmutableList<Job> hopeless) {
    Job first = hopeless.get(0);
    String message =
        "%s: %d of %d jobs could never run on this cluster, the first is %s (%d x %d GPUs%s%s)."
            .formatted(
                trace,
                hopeless.size(),
                workload.jobs().size(),
                first.id(),
                first.members(),
                first.gpusPerMember(),
                first.gpuModel().isEmpty() ? "" : " of model " + first.gpuModel(),
                first.queue().isEmpty() ? "" : ", queue " + first.queue());
    if (!dropHopeless || hopeless.size() == workload.jobs().size()) {
      throw new ParameterException(
          command.commandLine(), message + " Maybe leave them out: --drop-hopeless");
    }
    err().println(message + " They are left out.");
    ImmutableSet<Job> out = ImmutableSet.copyOf(hopeless);
    return workload.withJobs(
        workload.jobs().stream()
            .filter(job -> !out.contains(job))
            .collect(ImmutableList.toImmutableList()));
  }

  private Conditions conditions(long preemptionCostSeconds, int seed) {
    return new Conditions(
        amStartSeconds * 1000,
        memberStartSeconds * 1000,
        preemptionCostSeconds * 1000,
        checkpointSeconds * 1000,
        Math.round(nodeUpHours * 3_600_000),
        nodeRepairSeconds * 1000,
        Conditions.IDEAL.partialHoldMs(),
        seed,
        new Elasticity(
            elasticShare, elasticMinimum, elasticMaximum, new WidthScaling(elasticExponent)));
  }

  private PrintWriter err() {
    return command.commandLine().getErr();
  }
}
