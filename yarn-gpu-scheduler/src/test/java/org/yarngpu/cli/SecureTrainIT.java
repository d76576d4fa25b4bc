package org.yarngpu.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivilegedExceptionAction;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.CommonConfigurationKeysPublic;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.hdfs.DFSConfigKeys;
import org.apache.hadoop.hdfs.HdfsConfiguration;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.apache.hadoop.hdfs.client.HdfsClientConfigKeys;
import org.apache.hadoop.hdfs.security.token.delegation.DelegationTokenIdentifier;
import org.apache.hadoop.minikdc.MiniKdc;
import org.apache.hadoop.net.NetUtils;
import org.apache.hadoop.security.AccessControlException;
import org.apache.hadoop.security.Credentials;
import org.apache.hadoop.security.UserGroupInformation;
import org.apache.hadoop.security.token.Token;
import org.apache.hadoop.security.token.TokenIdentifier;
import org.apache.hadoop.yarn.conf.YarnConfiguration;
import org.apache.hadoop.yarn.server.MiniYARNCluster;
import org.apache.hadoop.yarn.util.resource.ResourceUtils;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yarngpu.client.GpuJobClient;

/**
 * The train command on a secured cluster: a KDC, and HDFS and YARN that ask for tickets or tokens.
 * All daemons are one principal, since they are one JVM; the user is another. The application
 * master is a JVM of its own and has no ticket.
 */
class SecureTrainIT {

  private static final String SERVICE = "service/localhost";
  private static final String HTTP = "HTTP/localhost";
  private static final String USER = "alice";
  private static final String CAPACITY = "yarn.scheduler.capacity.";

  private static Path scratch = Path.of("");
  private static @Nullable MiniKdc kdc;
  private static @Nullable MiniDFSCluster files;
  private static MiniYARNCluster cluster = new MiniYARNCluster("SecureTrainIT", 1, 2, 1, 1);
  private static @Nullable UserGroupInformation user;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeAll
  static void startCluster(@TempDir Path directory) throws Exception {
    scratch = directory;
    kdc =
        new MiniKdc(MiniKdc.createConf(), Files.createDirectory(directory.resolve("kdc")).toFile());
    kdc.start();
    File services = directory.resolve("services.keytab").toFile();
    kdc.createPrincipal(services, SERVICE, HTTP);
    File users = directory.resolve("users.keytab").toFile();
    kdc.createPrincipal(users, USER);

    Configuration secured = secured(services);
    addToClassPath(secured, directory.resolve("conf"));
    Configuration conf = new YarnConfiguration(new HdfsConfiguration());
    conf.addResource(secured);
    yarn(conf);
    UserGroupInformation.setConfiguration(conf);
    UserGroupInformation.loginUserFromKeytab(principal(SERVICE), services.toString());
    user = UserGroupInformation.loginUserFromKeytabAndReturnUGI(principal(USER), users.toString());

    files = new MiniDFSCluster.Builder(conf, directory.resolve("hdfs").toFile()).build();
    org.apache.hadoop.fs.Path home = new org.apache.hadoop.fs.Path("/user", USER);
    files.getFileSystem().mkdirs(home);
    files.getFileSystem().setOwner(home, USER, USER);
    conf.set(CommonConfigurationKeysPublic.FS_DEFAULT_NAME_KEY, files.getURI().toString());
    ResourceUtils.resetResourceTypes(conf);
    cluster.init(conf);
    cluster.start();
  }

  @AfterAll
  static void stopCluster() {
    cluster.stop();
    if (files != null) {
      files.shutdown();
    }
    if (kdc != null) {
      kdc.stop();
    }
  }

  @Test
  void aJobReadsItsFilesWithTheTokensThatTheClientFetched() throws Exception {
    Path marks = Files.createDirectories(scratch.resolve("marks"));
    Path script =
        Files.write(
            scratch.resolve("job.sh"),
            List.of(
                "echo \"$RANK $(cat greeting)\" > \"" + marks + "/$RANK\"",
                "cp \"$HADOOP_TOKEN_FILE_LOCATION\" \"" + marks + "/tokens-$RANK\""));
    org.apache.hadoop.fs.Path greeting = asUser(() -> privateFile("greeting", "hello"));
    int exitCode =
        train(
            List.of(
                "--name",
                "secured",
                "--workers",
                "2",
                "--memory",
                "256m",
                "--file",
                script.toString(),
                "--file",
                greeting.toString(),
                "--",
                "bash",
                "job.sh"));
    assertThat(exitCode).as("%s%s", out, err).isZero();
    assertThat(out.toString()).contains("succeeded: All 2 members ended with exit code 0");
    assertThat(Files.readString(marks.resolve("0"))).isEqualTo("0 hello\n");
    assertThat(Files.readString(marks.resolve("1"))).isEqualTo("1 hello\n");

    // A member has the tokens of its master, less the right to ask for containers.
    Credentials passedOn =
        Credentials.readTokenStorageFile(marks.resolve("tokens-0").toFile(), cluster.getConfig());
    assertThat(passedOn.getAllTokens())
        .singleElement()
        .satisfies(SecureTrainIT::isUsersTokenThatTheResourceManagerRenews);
    assertThat(asUser(SecureTrainIT::staged)).isEmpty();
  }

  @Test
  void thisClusterAnswersNobodyWithoutTicketOrToken() {
    UserGroupInformation nobody = UserGroupInformation.createRemoteUser(USER);
    assertThatThrownBy(
            () -> nobody.doAs((PrivilegedExceptionAction<List<String>>) SecureTrainIT::staged))
        .hasRootCauseInstanceOf(AccessControlException.class)
        .hasMessageContaining("Client cannot authenticate via:[TOKEN, KERBEROS]");
  }

  private static void isUsersTokenThatTheResourceManagerRenews(
      Token<? extends TokenIdentifier> token) throws IOException {
    assertThat(token.getKind()).isEqualTo(DelegationTokenIdentifier.HDFS_DELEGATION_KIND);
    DelegationTokenIdentifier identifier = (DelegationTokenIdentifier) token.decodeIdentifier();
    assertThat(identifier.getUser().getShortUserName()).isEqualTo(USER);
    assertThat(identifier.getRenewer()).hasToString("service");
  }

  private int train(List<String> flags) throws Exception {
    String[] arguments = Stream.concat(Stream.of("train"), flags.stream()).toArray(String[]::new);
    return asUser(
        () ->
            Main.run(
                () -> new GpuJobClient(cluster.getConfig(), toolsJar()),
                new PrintWriter(out, true),
                new PrintWriter(err, true),
                arguments));
  }

  private static <T> T asUser(PrivilegedExceptionAction<T> action) throws Exception {
    return user.doAs(action);
  }

  private static org.apache.hadoop.fs.Path privateFile(String name, String text)
      throws IOException {
    FileSystem system = FileSystem.get(cluster.getConfig());
    org.apache.hadoop.fs.Path path = new org.apache.hadoop.fs.Path(system.getHomeDirectory(), name);
    try (FSDataOutputStream stream =
        FileSystem.create(system, path, new FsPermission((short) 0600))) {
      stream.writeBytes(text);
    }
    return path;
  }

  private static List<String> staged() throws IOException {
    FileSystem system = FileSystem.get(cluster.getConfig());
    return Stream.of(
            system.listStatus(new org.apache.hadoop.fs.Path("/user/" + USER + "/.yarn-gpu")))
        .map(status -> status.getPath().getName())
        .toList();
  }

  /** What the build has packed, as a user would have it. */
  private static Path toolsJar() {
    try (Stream<Path> packed = Files.list(Path.of("target"))) {
      return packed
          .filter(file -> file.getFileName().toString().endsWith("-tools.jar"))
          .findFirst()
          .orElseThrow();
    } catch (IOException failure) {
      throw new AssertionError("the tools jar must be built before", failure);
    }
  }

  private static String principal(String name) {
    return name + "@" + kdc.getRealm();
  }

  /**
   * Adds an hdfs-site.xml, as every node has it: a NodeManager fetches files with the settings of
   * the class path and not with those that it was started with.
   */
  private static void addToClassPath(Configuration site, Path directory) throws IOException {
    Files.createDirectory(directory);
    try (Writer file = Files.newBufferedWriter(directory.resolve("hdfs-site.xml"))) {
      site.writeXml(file);
    }
    Thread thread = Thread.currentThread();
    thread.setContextClassLoader(
        new URLClassLoader(new URL[] {directory.toUri().toURL()}, thread.getContextClassLoader()));
  }

  private static Configuration secured(File keytab) {
    Configuration conf = new Configuration(false);
    conf.set(CommonConfigurationKeysPublic.HADOOP_SECURITY_AUTHENTICATION, "kerberos");
    for (String key :
        List.of(
            DFSConfigKeys.DFS_NAMENODE_KERBEROS_PRINCIPAL_KEY,
            DFSConfigKeys.DFS_DATANODE_KERBEROS_PRINCIPAL_KEY,
            YarnConfiguration.RM_PRINCIPAL,
            YarnConfiguration.NM_PRINCIPAL)) {
      conf.set(key, principal(SERVICE));
    }
    conf.set(DFSConfigKeys.DFS_WEB_AUTHENTICATION_KERBEROS_PRINCIPAL_KEY, principal(HTTP));
    for (String key :
        List.of(
            DFSConfigKeys.DFS_NAMENODE_KEYTAB_FILE_KEY,
            DFSConfigKeys.DFS_DATANODE_KEYTAB_FILE_KEY,
            DFSConfigKeys.DFS_WEB_AUTHENTICATION_KERBEROS_KEYTAB_KEY,
            YarnConfiguration.RM_KEYTAB,
            YarnConfiguration.NM_KEYTAB)) {
      conf.set(key, keytab.toString());
    }
    conf.setBoolean(DFSConfigKeys.DFS_BLOCK_ACCESS_TOKEN_ENABLE_KEY, true);
    conf.set(HdfsClientConfigKeys.DFS_DATA_TRANSFER_PROTECTION_KEY, "authentication");
    // HDFS would have its pages on HTTPS only; they are of no concern here.
    conf.setBoolean(DFSConfigKeys.IGNORE_SECURE_PORTS_FOR_TESTING_KEY, true);
    // As /etc/krb5.conf on a node.
    conf.set(
        YarnConfiguration.NM_ADMIN_USER_ENV,
        "JAVA_TOOL_OPTIONS=-Djava.security.krb5.conf=" + kdc.getKrb5conf());
    return conf;
  }

  private static void yarn(Configuration conf) {
    conf.set(YarnConfiguration.RM_SCHEDULER, "org.yarngpu.rm.GpuScheduler");
    conf.set(YarnConfiguration.RESOURCE_TYPES, "yarn.io/gpu");
    conf.set("yarn.nodemanager.resource-type.yarn.io/gpu", "4");
    conf.set("yarn.minicluster.yarn.nodemanager.resource.memory-mb", "4096");
    // NodeManagers that call the ResourceManager, with their tickets; this needs known ports.
    conf.setBoolean(YarnConfiguration.YARN_MINICLUSTER_USE_RPC, true);
    conf.setBoolean(YarnConfiguration.YARN_MINICLUSTER_FIXED_PORTS, true);
    for (String address :
        List.of(
            YarnConfiguration.RM_ADDRESS,
            YarnConfiguration.RM_SCHEDULER_ADDRESS,
            YarnConfiguration.RM_ADMIN_ADDRESS,
            YarnConfiguration.RM_RESOURCE_TRACKER_ADDRESS,
            YarnConfiguration.RM_WEBAPP_ADDRESS)) {
      conf.set(address, "localhost:" + NetUtils.getFreeSocketPort());
    }
    conf.set("yarn.scheduler.minimum-allocation-mb", "64");
    conf.set("yarn.nodemanager.vmem-check-enabled", "false");
    // YarnClient fetches a token for the logs' file system by itself; on HDFS it would do for ours.
    conf.set(YarnConfiguration.NM_REMOTE_APP_LOG_DIR, scratch.resolve("logs").toUri().toString());
    // With logs to delete later, a NodeManager takes ten seconds longer to stop.
    conf.setInt(YarnConfiguration.NM_LOG_RETAIN_SECONDS, 0);
    conf.set(
        "yarn.nodemanager.disk-health-checker.max-disk-utilization-per-disk-percentage", "99.9");
    conf.set(YarnConfiguration.YARN_APPLICATION_CLASSPATH, System.getProperty("java.class.path"));
    conf.set(
        CAPACITY + "resource-calculator",
        "org.apache.hadoop.yarn.util.resource.DominantResourceCalculator");
    conf.set(CAPACITY + "root.queues", "default");
    conf.set(CAPACITY + "root.default.capacity", "100");
    conf.set(CAPACITY + "maximum-am-resource-percent", "0.5");
  }
}
