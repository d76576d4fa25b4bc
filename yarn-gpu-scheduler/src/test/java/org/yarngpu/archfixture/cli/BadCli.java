package org.yarngpu.archfixture.cli;

import org.apache.hadoop.conf.Configuration;

/** Works where it should delegate. */
public record BadCli(Configuration configuration) {}
