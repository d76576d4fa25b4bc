package org.yarngpu.client;

import com.google.common.base.Throwables;
import java.io.EOFException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.yarn.conf.YarnConfiguration;

/** The cluster refuses or does not answer; the message is one line for the user. */
public final class ClusterException extends Exception {

  private static final long serialVersionUID = 1;

  private static final List<Class<? extends Exception>> UNREACHABLE =
      List.of(
          ConnectException.class,
          NoRouteToHostException.class,
          SocketTimeoutException.class,
          UnknownHostException.class,
          EOFException.class);

  private ClusterException(String message, Exception cause) {
    super(message, cause);
  }

  static ClusterException of(Exception failure, Configuration conf) {
    boolean unreachable =
        Throwables.getCausalChain(failure).stream()
            .anyMatch(cause -> UNREACHABLE.stream().anyMatch(type -> type.isInstance(cause)));
    return new ClusterException(
        unreachable ? unreachable(failure, conf) : firstLine(failure), failure);
  }

  private static String unreachable(Exception failure, Configuration conf) {
    return "The ResourceManager (%s is %s) or the file system does not answer: %s. Maybe HADOOP_CONF_DIR does not hold the cluster's configuration."
        .formatted(
            YarnConfiguration.RM_ADDRESS,
            conf.get(YarnConfiguration.RM_ADDRESS, YarnConfiguration.DEFAULT_RM_ADDRESS),
            firstLine(Throwables.getRootCause(failure)));
  }

  private static String firstLine(Throwable failure) {
    String message = failure.getMessage();
    return message == null ? failure.toString() : message.lines().findFirst().orElse("").trim();
  }
}
