package org.yarngpu.archfixture.appmaster;

import picocli.CommandLine;

/** Reads a command line with what its class path lacks. */
public record BadAppmaster(CommandLine line) {}
