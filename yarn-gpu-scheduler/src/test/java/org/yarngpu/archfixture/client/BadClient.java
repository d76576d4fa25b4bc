package org.yarngpu.archfixture.client;

import org.apache.hadoop.yarn.server.nodemanager.Context;
import org.yarngpu.archfixture.appmaster.BadAppmaster;

/** Knows what it only starts, and the NodeManager. */
public record BadClient(BadAppmaster appmaster, Context context) {}
