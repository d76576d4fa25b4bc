package org.yarngpu.archfixture.sim.rm;

import org.yarngpu.archfixture.cli.BadCli;

/** A host that knows who calls it. */
public record BadRealHost(BadCli cli) {}
