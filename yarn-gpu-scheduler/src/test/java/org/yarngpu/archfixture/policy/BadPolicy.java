package org.yarngpu.archfixture.policy;

import org.apache.hadoop.conf.Configuration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads Hadoop's configuration and writes a log. */
public class BadPolicy {
  private static final Logger LOG = LoggerFactory.getLogger(BadPolicy.class);

  public String queue(Configuration configuration) {
    LOG.info("asked");
    return configuration.get("queue", "");
  }
}
