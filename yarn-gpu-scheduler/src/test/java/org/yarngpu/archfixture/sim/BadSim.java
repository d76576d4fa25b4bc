package org.yarngpu.archfixture.sim;

import org.yarngpu.archfixture.client.BadClient;

/** Simulates with a client of real clusters. */
public record BadSim(BadClient client) {}
