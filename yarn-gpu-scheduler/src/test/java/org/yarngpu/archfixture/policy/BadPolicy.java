package org.yarngpu.archfixture.policy;

import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.yarn.server.resourcemanager.RMContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads Hadoop's configuration, asks the ResourceManager and writes a log. */
public class BadPolicy {
  private static final Logger LOG = LoggerFactory.getLogger(BadPolicy.class);

  public String queue(Configuration configuration, RMContext context) {
    LOG.info("asked {}", context);
    return configuration.get("queue", "");
  }
}
