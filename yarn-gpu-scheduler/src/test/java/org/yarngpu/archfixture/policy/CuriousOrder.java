package org.yarngpu.archfixture.policy;

import org.apache.hadoop.conf.Configuration;

/** Breaks the rule of policies. */
public final class CuriousOrder {
  Configuration configuration;
}
