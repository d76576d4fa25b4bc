package org.yarngpu.archfixture.nm;

import org.yarngpu.archfixture.cli.BadCli;

/** Knows the command line. */
public record BadNode(BadCli cli) {}
