package org.yarngpu.client;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Iterables;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.io.DataOutputBuffer;
import org.apache.hadoop.security.Credentials;
import org.apache.hadoop.security.UserGroupInformation;
import org.apache.hadoop.yarn.api.ApplicationConstants;
import org.apache.hadoop.yarn.api.ApplicationConstants.Environment;
import org.apache.hadoop.yarn.api.records.ApplicationSubmissionContext;
import org.apache.hadoop.yarn.api.records.ContainerLaunchContext;
import org.apache.hadoop.yarn.api.records.LocalResource;
import org.apache.hadoop.yarn.api.records.Priority;
import org.apache.hadoop.yarn.api.records.Resource;
import org.apache.hadoop.yarn.client.util.YarnClientUtils;
import org.apache.hadoop.yarn.conf.YarnConfiguration;
import org.yarngpu.job.Contract;
import org.yarngpu.job.JobFile;
import org.yarngpu.job.JobSpec;
import org.yarngpu.job.JobSpecReader;
import org.yarngpu.job.Release;
import org.yarngpu.job.ServiceSpec;
import org.yarngpu.job.ServiceSpecReader;
import org.yarngpu.job.Submission;

/** Makes the launch context of an application master out of its staging directory. */
final class LaunchContexts {

  private static final String TRAIN = "GPU_TRAIN";
  static final String SERVE = "GPU_SERVE";

  /** The types of our applications. */
  static final ImmutableSet<String> APPLICATION_TYPES = ImmutableSet.of(TRAIN, SERVE);

  private static final String TRAIN_MASTER = "org.yarngpu.appmaster.train.TrainAppMaster";
  private static final String SERVE_MASTER = "org.yarngpu.appmaster.serve.ServeAppMaster";
  private static final String JAR = "yarn-gpu-scheduler-tools.jar";
  private static final String CONF_FILE = "job-site.xml";
  private static final Pattern UNPACKED =
      Pattern.compile(".*\\.(zip|jar|tar|tar\\.gz|tgz)", Pattern.CASE_INSENSITIVE);
  private static final int MASTER_MEMORY_MIB = 512;
  private static final int MASTER_HEAP_MIB = 320;
  private static final int MASTER_VCORES = 1;

  private LaunchContexts() {}

  /** Fills in everything that the ResourceManager is told about the job. */
  static void fill(
      ApplicationSubmissionContext context,
      Submission spec,
      Configuration conf,
      Staging staging,
      java.nio.file.Path jar)
      throws IOException, SubmissionException {
    context.setApplicationName(spec.name());
    context.setApplicationType(spec instanceof ServiceSpec ? SERVE : TRAIN);
    context.setQueue(spec.queue());
    context.setPriority(Priority.newInstance(spec.priority()));
    context.setApplicationSchedulingPropertiesMap(
        new HashMap<>(Contract.properties(spec.declaration())));
    context.setApplicationTags(new HashSet<>(Contract.tags(spec.declaration())));
    context.setResource(Resource.newInstance(MASTER_MEMORY_MIB, MASTER_VCORES));
    context.setAMContainerSpec(master(spec, conf, staging, jar));
  }

  private static ContainerLaunchContext master(
      Submission spec, Configuration conf, Staging staging, java.nio.file.Path jar)
      throws IOException, SubmissionException {
    Submission staged =
        spec.withFiles(
            staging.addAll(spec.files(), "files"), staging.addAll(spec.archives(), "archives"));
    checkArchives(staged.archives());
    ImmutableMap<String, LocalResource> resources =
        ImmutableMap.of(
            JAR,
            staging.add(jar, JAR),
            Release.file(1),
            staging.add(print(staged), Release.file(1)),
            CONF_FILE,
            staging.add(conf, CONF_FILE));
    return ContainerLaunchContext.newInstance(
        resources,
        ImmutableMap.of(Environment.CLASSPATH.name(), classPath(conf)),
        ImmutableList.of(command(staged, staging.directory())),
        null,
        tokens(conf, staged),
        null);
  }

  private static String print(Submission spec) {
    return spec instanceof ServiceSpec service
        ? ServiceSpecReader.print(service)
        : JobSpecReader.print((JobSpec) spec);
  }

  /** YARN would leave another archive packed, and say so in a NodeManager's log only. */
  static void checkArchives(ImmutableList<String> archives) throws SubmissionException {
    for (String archive : archives) {
      String name = new Path(JobFile.parse(archive).location()).getName();
      if (!UNPACKED.matcher(name).matches()) {
        throw new SubmissionException(
            "YARN cannot unpack %s. Maybe make it a .zip, .jar, .tar, .tar.gz or .tgz."
                .formatted(name));
      }
    }
  }

  private static String classPath(Configuration conf) {
    return String.join(
        ApplicationConstants.CLASS_PATH_SEPARATOR,
        Iterables.concat(
            ImmutableList.of(Environment.PWD.$$() + "/" + JAR),
            ImmutableList.copyOf(
                conf.getTrimmedStrings(
                    YarnConfiguration.YARN_APPLICATION_CLASSPATH,
                    YarnConfiguration.DEFAULT_YARN_CROSS_PLATFORM_APPLICATION_CLASSPATH))));
  }

  /** Starts with exec, so that the NodeManager watches the master itself and not a shell. */
  private static String command(Submission spec, Path staging) {
    return String.join(
        " ",
        "exec",
        Environment.JAVA_HOME.$$() + "/bin/java",
        "-Xmx" + MASTER_HEAP_MIB + "m",
        "-XX:+UseSerialGC",
        spec instanceof ServiceSpec ? SERVE_MASTER : TRAIN_MASTER,
        Release.file(1),
        CONF_FILE,
        staging.toUri().toString(),
        "1>" + ApplicationConstants.LOG_DIR_EXPANSION_VAR + "/" + ApplicationConstants.STDOUT,
        "2>" + ApplicationConstants.LOG_DIR_EXPANSION_VAR + "/" + ApplicationConstants.STDERR);
  }

  /**
   * Returns the tokens with which master and members read the job's files; empty if not secured.
   */
  private static ByteBuffer tokens(Configuration conf, Submission staged) throws IOException {
    Credentials credentials =
        new Credentials(UserGroupInformation.getCurrentUser().getCredentials());
    if (UserGroupInformation.isSecurityEnabled()) {
      String renewer = YarnClientUtils.getRmPrincipal(conf);
      FileSystem.get(conf).addDelegationTokens(renewer, credentials);
      for (String file : Iterables.concat(staged.files(), staged.archives())) {
        Path path = new Path(JobFile.parse(file).location());
        path.getFileSystem(conf).addDelegationTokens(renewer, credentials);
      }
    }
    DataOutputBuffer buffer = new DataOutputBuffer();
    credentials.writeTokenStorageToStream(buffer);
    return ByteBuffer.wrap(buffer.getData(), 0, buffer.getLength());
  }
}
