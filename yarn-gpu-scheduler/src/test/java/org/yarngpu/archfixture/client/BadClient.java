package org.yarngpu.archfixture.client;

import org.yarngpu.archfixture.appmaster.BadAppmaster;

/** Knows what it only starts. */
public record BadClient(BadAppmaster appmaster) {}
