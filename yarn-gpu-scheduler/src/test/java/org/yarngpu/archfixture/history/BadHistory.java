package org.yarngpu.archfixture.history;

import org.apache.hadoop.conf.Configuration;

/** Knows on which file system it is. */
public record BadHistory(Configuration configuration) {}
