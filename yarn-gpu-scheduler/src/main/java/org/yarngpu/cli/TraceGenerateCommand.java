package org.yarngpu.cli;

import com.google.common.collect.ImmutableSortedMap;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.yarngpu.sim.Workload;
import org.yarngpu.sim.workload.SyntheticSettings;
import org.yarngpu.sim.workload.SyntheticWorkload;
import org.yarngpu.sim.workload.TraceSummary;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Writes a synthetic trace. */
@Command(
    name = "generate",
    description = "Writes a synthetic trace; equal options give equal bytes.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    sortOptions = false,
    showDefaultValues = true)
final class TraceGenerateCommand implements Callable<Integer> {

  private static final SyntheticSettings USUAL = SyntheticSettings.usual();

  @Spec private CommandSpec command = CommandSpec.create();

  @Option(
      names = "--out",
      paramLabel = "FILE",
      required = true,
      showDefaultValue = Help.Visibility.NEVER,
      description = "Written there, packed if it ends with .gz.")
  private Path out = Path.of("");

  @Option(names = "--seed", paramLabel = "N", description = "Of the random numbers.")
  private long seed = 1;

  @Option(names = "--jobs", paramLabel = "N", description = "Jobs in all.")
  private int jobs = USUAL.jobs();

  @Option(names = "--days", paramLabel = "N", description = "Days that they are submitted in.")
  private int days = USUAL.days();

  @Option(names = "--users", paramLabel = "N", description = "Users, equally active.")
  private int users = USUAL.users();

  @Option(
      names = "--recurring-share",
      paramLabel = "F",
      description = "Share of jobs that are runs of a recurring group, in [0, 1].")
  private double recurringShare = USUAL.recurringShare();

  @Option(names = "--runs-per-group", paramLabel = "N", description = "Mean runs of a group.")
  private int runsPerGroup = USUAL.runsPerGroup();

  @Option(
      names = "--group-median",
      paramLabel = "S",
      description = "Median of the groups' median run times, seconds.")
  private double groupMedianSeconds = USUAL.groupMedianSeconds();

  @Option(
      names = "--group-spread",
      paramLabel = "F",
      description = "Sigma of its logarithm between groups.")
  private double groupSpread = USUAL.groupSpread();

  @Option(
      names = "--group-sigma",
      paramLabel = "F",
      description = "Sigma of the logarithm of run times within a group.")
  private double groupSigma = USUAL.groupSigma();

  @Option(
      names = "--one-off-median",
      paramLabel = "S",
      description = "Median run time of all other jobs, seconds.")
  private double oneOffMedianSeconds = USUAL.oneOffMedianSeconds();

  @Option(names = "--one-off-sigma", paramLabel = "F", description = "Sigma of its logarithm.")
  private double oneOffSigma = USUAL.oneOffSigma();

  @Option(
      names = "--failure-share",
      paramLabel = "F",
      description = "Share of jobs that end early, in [0, 1].")
  private double earlyFailureShare = USUAL.earlyFailureShare();

  @Option(
      names = "--failure-time",
      paramLabel = "S",
      description = "They end within so many seconds.")
  private double earlyFailureSecondsMax = USUAL.earlyFailureSecondsMax();

  @Option(
      names = "--gpu-weights",
      paramLabel = "GPUS=WEIGHT",
      split = ",",
      description = "How often each number of GPUs is asked for.")
  private Map<Integer, Double> gpuWeights = new TreeMap<>(USUAL.gpuWeights());

  @Option(
      names = "--gpus-per-member",
      paramLabel = "N",
      description = "Most GPUs of one member; larger jobs have several.")
  private int gpusPerMemberMax = USUAL.gpusPerMemberMax();

  @Option(
      names = "--day-amplitude",
      paramLabel = "F",
      description = "How far submissions rise and fall over the day, in [0, 1].")
  private double diurnalAmplitude = USUAL.diurnalAmplitude();

  @Option(names = "--peak-hour", paramLabel = "H", description = "Hour of most submissions.")
  private double peakHour = USUAL.peakHour();

  @Option(
      names = "--estimate-factor",
      paramLabel = "F",
      description = "Median of the users' estimate / run time.")
  private double estimateMedianFactor = USUAL.estimateMedianFactor();

  @Option(names = "--estimate-sigma", paramLabel = "F", description = "Sigma of its logarithm.")
  private double estimateSigma = USUAL.estimateSigma();

  @Option(
      names = "--checkpoint-share",
      paramLabel = "F",
      description = "Share of jobs that declare a checkpoint interval, in [0, 1].")
  private double checkpointShare = USUAL.checkpointShare();

  @Option(
      names = "--checkpoint-interval",
      paramLabel = "S",
      description = "That interval, seconds.")
  private double checkpointSeconds = USUAL.checkpointSeconds();

  @Option(
      names = "--gpus",
      paramLabel = "N",
      showDefaultValue = Help.Visibility.NEVER,
      description = "Also report the load that the trace offers to a cluster of so many GPUs.")
  private int gpus;

  @Mixin private TraceReport report = new TraceReport();

  @Override
  public Integer call() {
    SyntheticSettings settings = settings();
    return report.exitCodeOf(
        () -> {
          Workload workload = SyntheticWorkload.of(settings, seed);
          report.write(workload, out);
          report.wrote(out, TraceSummary.of(workload, TraceReport.installed(gpus)));
        });
  }

  private SyntheticSettings settings() {
    try {
      return new SyntheticSettings(
          jobs,
          days,
          users,
          recurringShare,
          runsPerGroup,
          groupMedianSeconds,
          groupSpread,
          groupSigma,
          oneOffMedianSeconds,
          oneOffSigma,
          earlyFailureShare,
          earlyFailureSecondsMax,
          ImmutableSortedMap.copyOf(gpuWeights),
          gpusPerMemberMax,
          diurnalAmplitude,
          peakHour,
          estimateMedianFactor,
          estimateSigma,
          checkpointShare,
          checkpointSeconds);
    } catch (IllegalArgumentException wrong) {
      throw new ParameterException(command.commandLine(), wrong.getMessage(), wrong);
    }
  }
}
