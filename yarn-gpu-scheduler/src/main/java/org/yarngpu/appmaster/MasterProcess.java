package org.yarngpu.appmaster;

import java.io.IOException;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.net.NetUtils;
import org.apache.hadoop.security.Credentials;
import org.apache.hadoop.security.UserGroupInformation;
import org.apache.hadoop.yarn.api.protocolrecords.RegisterApplicationMasterResponse;
import org.apache.hadoop.yarn.api.records.ExecutionType;
import org.apache.hadoop.yarn.api.records.Resource;
import org.apache.hadoop.yarn.api.records.ResourceInformation;
import org.apache.hadoop.yarn.client.api.AMRMClient;
import org.apache.hadoop.yarn.client.api.AMRMClient.ContainerRequest;
import org.apache.hadoop.yarn.client.api.NMClient;
import org.apache.hadoop.yarn.conf.YarnConfiguration;
import org.apache.hadoop.yarn.exceptions.YarnException;
import org.apache.hadoop.yarn.util.resource.ResourceUtils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.yarngpu.job.JobSpec;

/** The frame of an application master: registers, does its work, says how it went. */
public final class MasterProcess {

  private static final Logger LOG = LoggerFactory.getLogger(MasterProcess.class);

  private MasterProcess() {}

  /** What a master does while it is registered. */
  @FunctionalInterface
  public interface Work {
    Outcome run(Cluster cluster) throws IOException, YarnException, InterruptedException;
  }

  /**
   * What a registered master works with.
   *
   * @param conf the node's configuration and the client's
   * @param credentials of the master
   */
  public record Cluster(
      Configuration conf,
      Credentials credentials,
      AMRMClient<ContainerRequest> resourceManager,
      NMClient nodes) {

    /** Returns a requester of members as a job describes them. */
    public GangRequester requester(JobSpec job) {
      Resource member = Resource.newInstance(job.memoryMib(), job.vcores());
      member.setResourceValue(ResourceInformation.GPU_URI, job.gpusPerWorker());
      return new GangRequester(
          resourceManager,
          member,
          job.opportunistic() ? ExecutionType.OPPORTUNISTIC : ExecutionType.GUARANTEED);
    }

    /** Returns a launcher of a job's members. */
    public MemberLauncher launcher(JobSpec job) throws IOException {
      return new MemberLauncher(nodes, job, conf, credentials);
    }
  }

  /** Returns the configuration of the node and, above it, that of the client. */
  public static Configuration configuration(String clientFile) {
    Configuration conf = new YarnConfiguration();
    conf.addResource(new org.apache.hadoop.fs.Path(Path.of(clientFile).toUri()));
    UserGroupInformation.setConfiguration(conf);
    return conf;
  }

  /**
   * Does the work between registration and the end.
   *
   * @param staging directory to remove at the end
   * @param trackingUrl where a person can look at it; empty for nowhere
   */
  public static void run(Configuration conf, String staging, String trackingUrl, Work work)
      throws IOException, YarnException, InterruptedException {
    Credentials credentials = UserGroupInformation.getCurrentUser().getCredentials();
    try (AMRMClient<ContainerRequest> resourceManager = AMRMClient.createAMRMClient();
        NMClient nodes = NMClient.createNMClient()) {
      resourceManager.init(conf);
      resourceManager.start();
      nodes.init(conf);
      nodes.start();
      RegisterApplicationMasterResponse registration =
          resourceManager.registerApplicationMaster(NetUtils.getHostname(), -1, trackingUrl);
      // The node's configuration need not know the cluster's resource types; the registration does.
      ResourceUtils.reinitializeResources(registration.getResourceTypes());
      Outcome outcome =
          ResourceUtils.getResourceTypes().containsKey(ResourceInformation.GPU_URI)
              ? work.run(new Cluster(conf, credentials, resourceManager, nodes))
              : Outcome.failed(
                  "The cluster has no resource type %s. Maybe resource-types.xml lacks it."
                      .formatted(ResourceInformation.GPU_URI));
      LOG.info("{}: {}", outcome.status(), outcome.diagnostics());
      removeStaging(conf, new org.apache.hadoop.fs.Path(staging));
      resourceManager.unregisterApplicationMaster(outcome.status(), outcome.diagnostics(), "");
    }
  }

  /** The last attempt's staging directory goes; a file system that fails here fails nothing. */
  private static void removeStaging(Configuration conf, org.apache.hadoop.fs.Path staging) {
    try {
      staging.getFileSystem(conf).delete(staging, true);
    } catch (IOException failure) {
      LOG.warn("The staging directory {} could not be removed", staging, failure);
    }
  }
}
