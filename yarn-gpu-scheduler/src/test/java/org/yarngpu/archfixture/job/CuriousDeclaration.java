package org.yarngpu.archfixture.job;

import org.apache.hadoop.conf.Configuration;

/** Breaks the rule of declarations. */
public final class CuriousDeclaration {
  Configuration configuration;
}
