package org.yarngpu.archfixture.job;

import org.yarngpu.archfixture.client.BadClient;

/** Knows who submits it. */
public record BadJob(BadClient client) {}
