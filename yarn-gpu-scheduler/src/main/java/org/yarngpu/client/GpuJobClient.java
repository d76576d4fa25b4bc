package org.yarngpu.client;

import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.CommonConfigurationKeysPublic;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.util.ShutdownHookManager;
import org.apache.hadoop.yarn.api.records.ApplicationAttemptId;
import org.apache.hadoop.yarn.api.records.ApplicationId;
import org.apache.hadoop.yarn.api.records.ApplicationReport;
import org.apache.hadoop.yarn.api.records.ApplicationSubmissionContext;
import org.apache.hadoop.yarn.api.records.ContainerId;
import org.apache.hadoop.yarn.api.records.ContainerReport;
import org.apache.hadoop.yarn.api.records.ResourceInformation;
import org.apache.hadoop.yarn.api.records.YarnApplicationState;
import org.apache.hadoop.yarn.client.api.YarnClient;
import org.apache.hadoop.yarn.conf.YarnConfiguration;
import org.apache.hadoop.yarn.exceptions.ApplicationNotFoundException;
import org.apache.hadoop.yarn.exceptions.YarnException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.yarngpu.job.Release;
import org.yarngpu.job.Submission;
import org.yarngpu.scale.source.ServiceControl;

/** Submits training jobs and services, tells how they are, and has them killed. */
public final class GpuJobClient implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(GpuJobClient.class);

  private static final String CONNECT_WAIT_MS = "30000";
  private static final String CONNECT_RETRY_MS = "2000";
  private static final String IPC_RETRIES = "0";

  /** Before Hadoop closes its file systems. */
  private static final int HOOK_PRIORITY = FileSystem.SHUTDOWN_HOOK_PRIORITY + 10;

  private static final EnumSet<YarnApplicationState> ENDED =
      EnumSet.of(
          YarnApplicationState.FINISHED, YarnApplicationState.FAILED, YarnApplicationState.KILLED);

  private final Configuration conf;
  private final Path jar;
  private final YarnClient yarn;

  /**
   * Makes a client of the cluster of a configuration.
   *
   * @param jar the tools jar, which becomes the application master's
   */
  public GpuJobClient(Configuration conf, Path jar) {
    this.conf = conf;
    this.jar = jar;
    this.yarn = YarnClient.createYarnClient();
    yarn.init(impatient(conf));
    yarn.start();
  }

  /** Makes a client of the cluster whose configuration is on the class path. */
  public static GpuJobClient ofClassPath(Path jar) {
    return new GpuJobClient(new YarnConfiguration(), jar);
  }

  /**
   * Stages and submits a job or a service.
   *
   * @throws SubmissionException if the job or the cluster is not as it must be
   * @throws ClusterException if the ResourceManager refuses the job or does not answer
   */
  public SubmittedJob submit(Submission spec) throws SubmissionException, ClusterException {
    try {
      checkCluster();
      cleanEnded();
      return staged(spec);
    } catch (IOException | YarnException failure) {
      throw ClusterException.of(failure, conf);
    }
  }

  /**
   * Rolls out a release of a service: its application master finds it in the staging directory.
   *
   * @param application id of the service
   * @return the number of the release, at least 2
   * @throws SubmissionException if there is no such service, or the release is not as it must be
   * @throws ClusterException if the ResourceManager or the file system does not answer
   */
  public int rollOut(String application, Release release)
      throws SubmissionException, ClusterException {
    try {
      ApplicationId service = ApplicationId.fromString(application);
      checkServes(yarn.getApplicationReport(service));
      return new Rollout(conf, service).put(release);
    } catch (ApplicationNotFoundException unknown) {
      throw new SubmissionException(
          "The ResourceManager does not know %s. Maybe it ended long ago.".formatted(application));
    } catch (IOException | YarnException failure) {
      throw ClusterException.of(failure, conf);
    }
  }

  private static void checkServes(ApplicationReport report) throws SubmissionException {
    if (!LaunchContexts.SERVE.equals(report.getApplicationType())) {
      throw new SubmissionException(
          "%s is no service of serve but of type %s."
              .formatted(report.getApplicationId(), report.getApplicationType()));
    }
    if (ENDED.contains(report.getYarnApplicationState())) {
      throw new SubmissionException(
          "%s has ended: it is %s. Maybe start it anew with serve."
              .formatted(report.getApplicationId(), report.getYarnApplicationState()));
    }
  }

  /**
   * Returns the control of a service of YARN's own; whether there is one is not asked yet.
   *
   * @throws SubmissionException if Hadoop's client of such services is missing
   */
  public ServiceControl yarnService(String name) throws SubmissionException {
    return YarnService.of(name, impatient(conf));
  }

  /** Returns how a job is. */
  public JobStatus status(SubmittedJob job) throws ClusterException {
    return status(job.id());
  }

  /** Returns how an application of ours is. */
  public JobStatus status(String application) throws ClusterException {
    try {
      return JobStatus.of(yarn.getApplicationReport(ApplicationId.fromString(application)));
    } catch (IOException | YarnException failure) {
      throw ClusterException.of(failure, conf);
    }
  }

  /** Returns on how many nodes a running job has members. */
  public int nodes(SubmittedJob job) throws ClusterException {
    try {
      ApplicationAttemptId attempt =
          yarn.getApplicationReport(id(job)).getCurrentApplicationAttemptId();
      ContainerId master = yarn.getApplicationAttemptReport(attempt).getAMContainerId();
      List<ContainerReport> containers = yarn.getContainers(attempt);
      return (int)
          containers.stream()
              .filter(container -> !container.getContainerId().equals(master))
              .map(ContainerReport::getAssignedNode)
              .distinct()
              .count();
    } catch (IOException | YarnException failure) {
      throw ClusterException.of(failure, conf);
    }
  }

  /** Asks YARN to kill a job and waits until it is done. */
  public void kill(SubmittedJob job) throws ClusterException {
    try {
      yarn.killApplication(id(job));
    } catch (IOException | YarnException failure) {
      throw ClusterException.of(failure, conf);
    }
    clean(job);
  }

  /**
   * Removes what a job that has ended left staged. Usually the application master has done so; one
   * that was killed has not.
   */
  public void clean(SubmittedJob job) {
    clean(id(job));
  }

  /** Has an action run when the program is interrupted or exits, while this client still works. */
  public void atShutdown(Runnable action) {
    ShutdownHookManager.get().addShutdownHook(action, HOOK_PRIORITY);
  }

  @Override
  public void close() {
    yarn.stop();
  }

  private void checkCluster() throws IOException, YarnException, SubmissionException {
    boolean hasGpus =
        yarn.getResourceTypeInfo().stream()
            .anyMatch(type -> ResourceInformation.GPU_URI.equals(type.getName()));
    if (!hasGpus) {
      throw new SubmissionException(
          "The cluster has no resource type %s. Maybe resource-types.xml of the ResourceManager lacks it."
              .formatted(ResourceInformation.GPU_URI));
    }
  }

  private SubmittedJob staged(Submission spec)
      throws IOException, YarnException, SubmissionException {
    ApplicationSubmissionContext context =
        yarn.createApplication().getApplicationSubmissionContext();
    ApplicationId application = context.getApplicationId();
    Staging staging = new Staging(conf, application);
    boolean submitted = false;
    try {
      staging.create();
      LaunchContexts.fill(context, spec, conf, staging, jar);
      yarn.submitApplication(context);
      submitted = true;
    } finally {
      if (!submitted) {
        clean(application);
      }
    }
    return new SubmittedJob(application.toString(), spec);
  }

  /**
   * Removes what this user's earlier jobs left: nobody has done so for one that was killed while no
   * client followed it. An application that the ResourceManager does not know keeps its directory:
   * it may be about to be submitted, or another cluster's.
   */
  private void cleanEnded() throws IOException, YarnException {
    Set<ApplicationId> staged = Staging.applications(conf);
    if (staged.isEmpty()) {
      return;
    }
    for (ApplicationReport ended : yarn.getApplications(LaunchContexts.APPLICATION_TYPES, ENDED)) {
      if (staged.contains(ended.getApplicationId())) {
        clean(ended.getApplicationId());
      }
    }
  }

  private void clean(ApplicationId application) {
    try {
      new Staging(conf, application).delete();
    } catch (IOException failure) {
      LOG.warn("The staging directory of {} could not be removed", application, failure);
    }
  }

  private static ApplicationId id(SubmittedJob job) {
    return ApplicationId.fromString(job.id());
  }

  /** A person waits: gives up after half a minute, where YARN's defaults try for 15 minutes. */
  private static Configuration impatient(Configuration conf) {
    Configuration client = new YarnConfiguration(conf);
    setUnlessChosen(client, YarnConfiguration.RESOURCEMANAGER_CONNECT_MAX_WAIT_MS, CONNECT_WAIT_MS);
    setUnlessChosen(
        client, YarnConfiguration.RESOURCEMANAGER_CONNECT_RETRY_INTERVAL_MS, CONNECT_RETRY_MS);
    setUnlessChosen(
        client, CommonConfigurationKeysPublic.IPC_CLIENT_CONNECT_MAX_RETRIES_KEY, IPC_RETRIES);
    return client;
  }

  private static void setUnlessChosen(Configuration conf, String key, String value) {
    String[] sources = conf.getPropertySources(key);
    if (sources == null
        || sources.length == 0
        || sources[sources.length - 1].endsWith("-default.xml")) {
      conf.set(key, value);
    }
  }
}
