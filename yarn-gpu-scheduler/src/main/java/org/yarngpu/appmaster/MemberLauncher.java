package org.yarngpu.appmaster;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.io.DataOutputBuffer;
import org.apache.hadoop.io.Text;
import org.apache.hadoop.security.Credentials;
import org.apache.hadoop.yarn.api.ApplicationConstants;
import org.apache.hadoop.yarn.api.records.Container;
import org.apache.hadoop.yarn.api.records.ContainerId;
import org.apache.hadoop.yarn.api.records.ContainerLaunchContext;
import org.apache.hadoop.yarn.api.records.LocalResource;
import org.apache.hadoop.yarn.api.records.LocalResourceType;
import org.apache.hadoop.yarn.api.records.LocalResourceVisibility;
import org.apache.hadoop.yarn.api.records.NodeId;
import org.apache.hadoop.yarn.api.records.URL;
import org.apache.hadoop.yarn.client.api.NMClient;
import org.apache.hadoop.yarn.exceptions.YarnException;
import org.apache.hadoop.yarn.security.AMRMTokenIdentifier;
import org.yarngpu.job.JobFile;
import org.yarngpu.job.JobSpec;

/** Starts and stops the members of one job; they differ in their environment only. */
public final class MemberLauncher {

  private static final String LOGS = ApplicationConstants.LOG_DIR_EXPANSION_VAR + "/";

  private final NMClient client;
  private final ImmutableMap<String, LocalResource> resources;
  private final ImmutableList<String> commands;
  private final ByteBuffer tokens;

  /**
   * Prepares what all members have in common.
   *
   * @param credentials of the application master; members get all but its right to ask for
   *     containers
   * @throws IOException if a file of the job cannot be found
   */
  public MemberLauncher(NMClient client, JobSpec spec, Configuration conf, Credentials credentials)
      throws IOException {
    this.client = client;
    this.resources = resources(spec, conf);
    this.commands =
        ImmutableList.of(
            ShellText.command(spec.command()),
            "1>" + LOGS + ApplicationConstants.STDOUT,
            "2>" + LOGS + ApplicationConstants.STDERR);
    this.tokens = tokens(credentials);
  }

  /** Starts the member of a container; the environment is taken literally. */
  public void start(Container container, Map<String, String> environment)
      throws IOException, YarnException {
    client.startContainer(
        container,
        ContainerLaunchContext.newInstance(
            resources,
            Maps.transformValues(environment, ShellText::value),
            commands,
            null,
            tokens.duplicate(),
            null));
  }

  /** Sends the member SIGTERM; its node kills it if it does not end in time. */
  public void stop(ContainerId container, NodeId node) throws IOException, YarnException {
    client.stopContainer(container, node);
  }

  private static ImmutableMap<String, LocalResource> resources(JobSpec spec, Configuration conf)
      throws IOException {
    ImmutableMap.Builder<String, LocalResource> resources = ImmutableMap.builder();
    addAll(resources, spec.files(), LocalResourceType.FILE, conf);
    addAll(resources, spec.archives(), LocalResourceType.ARCHIVE, conf);
    return resources.build();
  }

  private static void addAll(
      ImmutableMap.Builder<String, LocalResource> resources,
      List<String> files,
      LocalResourceType type,
      Configuration conf)
      throws IOException {
    for (String text : files) {
      JobFile file = JobFile.parse(text);
      Path path = new Path(file.location());
      FileSystem system = path.getFileSystem(conf);
      FileStatus status = system.getFileStatus(path);
      resources.put(
          file.link(),
          LocalResource.newInstance(
              URL.fromPath(status.getPath()),
              type,
              LocalResourceVisibility.APPLICATION,
              status.getLen(),
              status.getModificationTime()));
    }
  }

  private static ByteBuffer tokens(Credentials credentials) throws IOException {
    Credentials passedOn = new Credentials();
    credentials
        .getTokenMap()
        .forEach(
            (alias, token) -> {
              if (!AMRMTokenIdentifier.KIND_NAME.equals(token.getKind())) {
                passedOn.addToken(alias, token);
              }
            });
    for (Text key : credentials.getAllSecretKeys()) {
      passedOn.addSecretKey(key, credentials.getSecretKey(key));
    }
    DataOutputBuffer buffer = new DataOutputBuffer();
    passedOn.writeTokenStorageToStream(buffer);
    return ByteBuffer.wrap(buffer.getData(), 0, buffer.getLength());
  }
}
