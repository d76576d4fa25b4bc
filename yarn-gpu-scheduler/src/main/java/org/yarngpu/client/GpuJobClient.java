package org.yarngpu.client;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.CommonConfigurationKeysPublic;
import org.apache.hadoop.yarn.api.records.ApplicationAttemptId;
import org.apache.hadoop.yarn.api.records.ApplicationId;
import org.apache.hadoop.yarn.api.records.ApplicationSubmissionContext;
import org.apache.hadoop.yarn.api.records.ContainerId;
import org.apache.hadoop.yarn.api.records.ContainerReport;
import org.apache.hadoop.yarn.client.api.YarnClient;
import org.apache.hadoop.yarn.conf.YarnConfiguration;
import org.apache.hadoop.yarn.exceptions.YarnException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.yarngpu.job.JobSpec;

/** Submits training jobs, tells how they are, and has them killed. */
public final class GpuJobClient implements Closeable {

  private static final Logger LOG = LoggerFactory.getLogger(GpuJobClient.class);

  private static final String CONNECT_WAIT_MS = "30000";
  private static final String CONNECT_RETRY_MS = "2000";
  private static final String IPC_RETRIES = "1";

  private final Configuration conf;
  private final Path jar;
  private final YarnClient yarn;

  /**
   * Connects to the cluster of a configuration.
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

  /**
   * Stages and submits a job.
   *
   * @return the application, accepted by the ResourceManager
   * @throws SubmissionException if the job or the cluster is not as it must be
   * @throws YarnException if the ResourceManager refuses the job
   */
  public ApplicationId submit(JobSpec spec) throws IOException, YarnException, SubmissionException {
    ApplicationSubmissionContext context =
        yarn.createApplication().getApplicationSubmissionContext();
    Staging staging = new Staging(conf, context.getApplicationId());
    boolean submitted = false;
    try {
      staging.create();
      LaunchContexts.fill(context, spec, conf, staging, jar);
      yarn.submitApplication(context);
      submitted = true;
      return context.getApplicationId();
    } finally {
      if (!submitted) {
        clean(context.getApplicationId());
      }
    }
  }

  /** Returns how a job is that was submitted from the given description. */
  public JobStatus status(ApplicationId application, JobSpec spec)
      throws IOException, YarnException {
    return JobStatus.of(yarn.getApplicationReport(application), spec.workers());
  }

  /** Returns on how many nodes a running job has members. */
  public int nodes(ApplicationId application) throws IOException, YarnException {
    ApplicationAttemptId attempt =
        yarn.getApplicationReport(application).getCurrentApplicationAttemptId();
    ContainerId master = yarn.getApplicationAttemptReport(attempt).getAMContainerId();
    List<ContainerReport> containers = yarn.getContainers(attempt);
    return (int)
        containers.stream()
            .filter(container -> !container.getContainerId().equals(master))
            .map(ContainerReport::getAssignedNode)
            .distinct()
            .count();
  }

  /** Asks YARN to kill a job and waits until it is done. */
  public void kill(ApplicationId application) throws IOException, YarnException {
    yarn.killApplication(application);
    clean(application);
  }

  /**
   * Removes what a job that has ended left staged. Usually the application master has done so; one
   * that was killed has not.
   */
  public void clean(ApplicationId application) {
    try {
      new Staging(conf, application).delete();
    } catch (IOException failure) {
      LOG.warn("The staging directory of {} could not be removed", application, failure);
    }
  }

  @Override
  public void close() throws IOException {
    yarn.close();
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
