package org.yarngpu.client;

import com.google.common.base.Throwables;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.yarn.api.records.NodeReport;
import org.apache.hadoop.yarn.api.records.NodeState;
import org.apache.hadoop.yarn.api.records.Resource;
import org.apache.hadoop.yarn.api.records.ResourceInformation;
import org.apache.hadoop.yarn.client.api.AppAdminClient;
import org.apache.hadoop.yarn.client.api.YarnClient;
import org.apache.hadoop.yarn.conf.YarnConfiguration;
import org.apache.hadoop.yarn.exceptions.YarnException;
import org.apache.hadoop.yarn.exceptions.YarnRuntimeException;
import org.apache.hadoop.yarn.util.resource.ResourceUtils;
import org.yarngpu.scale.source.ServiceControl;

/**
 * A service of YARN's own, by Hadoop's client of such services. That tells of a refusal by an exit
 * code alone; the reason goes to its log.
 */
final class YarnService implements ServiceControl {

  private static final int DONE = 0;

  /** Who follows a service should be told soon that nobody answers; it asks again anyway. */
  private static final long CONNECT_WAIT_MS = 10_000;

  private static final long CONNECT_RETRY_MS = 2_000;

  private final String name;
  private final YarnClient yarn;
  private final AppAdminClient admin;
  private final Configuration conf;

  private YarnService(String name, YarnClient yarn, AppAdminClient admin, Configuration conf) {
    this.name = name;
    this.yarn = yarn;
    this.admin = admin;
    this.conf = conf;
  }

  /**
   * Makes a control of a service, which is not asked yet.
   *
   * @throws SubmissionException if Hadoop's client of services is missing
   */
  static YarnService of(String name, Configuration cluster) throws SubmissionException {
    Configuration conf = new YarnConfiguration(cluster);
    conf.setLong(YarnConfiguration.RESOURCEMANAGER_CONNECT_MAX_WAIT_MS, CONNECT_WAIT_MS);
    conf.setLong(YarnConfiguration.RESOURCEMANAGER_CONNECT_RETRY_INTERVAL_MS, CONNECT_RETRY_MS);
    AppAdminClient admin = admin(conf);
    YarnClient yarn = YarnClient.createYarnClient();
    yarn.init(conf);
    yarn.start();
    return new YarnService(name, yarn, admin, conf);
  }

  private static AppAdminClient admin(Configuration conf) throws SubmissionException {
    try {
      return AppAdminClient.createAppAdminClient(AppAdminClient.DEFAULT_TYPE, conf);
    } catch (YarnRuntimeException | NoClassDefFoundError failure) {
      Throwable cause = Throwables.getRootCause(failure);
      if (cause instanceof ClassNotFoundException || cause instanceof NoClassDefFoundError) {
        throw new SubmissionException(
            "Hadoop's client of YARN services is not on the class path: %s is missing. Maybe start this by yarn jar, on a Hadoop installation with hadoop-yarn-services-api and -core in share/hadoop/yarn."
                .formatted(cause.getMessage()));
      }
      throw failure;
    }
  }

  @Override
  public void close() {
    yarn.stop();
    admin.stop();
  }

  @Override
  public String status() throws IOException {
    // Asked first as it fails without noise; the other client logs each failure with its stack.
    awaitResourceManager();
    String text = ask(() -> admin.getStatusString(name)).strip();
    if (text.isEmpty()) {
      throw new IOException("the ResourceManager's page of services does not answer");
    }
    if (text.endsWith("not found")) {
      throw new FileNotFoundException(
          "There is no service %s of yours. Maybe yarn app -list -appTypes yarn-service tells its name; or the ResourceManager has no services: yarn.webapp.api-service.enable"
              .formatted(name));
    }
    return text;
  }

  private void awaitResourceManager() throws IOException {
    ask(yarn::getYarnClusterMetrics);
  }

  @Override
  public ImmutableMap<String, Integer> freeGpus() throws IOException {
    if (!ResourceUtils.getResourceTypes().containsKey(ResourceInformation.GPU_URI)) {
      return ImmutableMap.of();
    }
    Map<String, Integer> free = new TreeMap<>();
    for (NodeReport node : ask(() -> yarn.getNodeReports(NodeState.RUNNING))) {
      int gpus = gpus(node.getCapability()) - gpus(node.getUsed());
      free.merge(node.getNodeId().getHost(), Math.max(0, gpus), Math::max);
    }
    return ImmutableMap.copyOf(free);
  }

  private static int gpus(Resource resource) {
    return resource == null
        ? 0
        : Math.toIntExact(resource.getResourceValue(ResourceInformation.GPU_URI));
  }

  @Override
  public void flex(String component, int count) throws IOException {
    check(
        ask(() -> admin.actionFlex(name, Map.of(component, Integer.toString(count)))),
        "YARN did not change %s of service %s to %s".formatted(component, name, count));
  }

  @Override
  public void decommission(ImmutableList<String> instances) throws IOException {
    check(
        ask(() -> admin.actionDecommissionInstances(name, instances)),
        "YARN did not decommission %s of service %s".formatted(String.join(", ", instances), name));
  }

  private static void check(int exitCode, String otherwise) throws IOException {
    if (exitCode != DONE) {
      throw new IOException(
          "%s; its client's log says why. Maybe you are not who launched it.".formatted(otherwise));
    }
  }

  /** A question to the cluster. */
  private interface Question<T> {
    T ask() throws IOException, YarnException;
  }

  private <T> T ask(Question<T> question) throws IOException {
    try {
      return question.ask();
    } catch (IOException | YarnException failure) {
      throw new IOException(ClusterException.of(failure, conf).getMessage(), failure);
    } catch (IllegalArgumentException wrongName) {
      throw new FileNotFoundException(
          "\"%s\" cannot be the name of a service: %s".formatted(name, wrongName.getMessage()));
    }
  }
}
