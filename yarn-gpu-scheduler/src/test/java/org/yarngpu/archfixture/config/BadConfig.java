package org.yarngpu.archfixture.config;

import org.yarngpu.archfixture.rm.BadRm;

/** Knows its host. */
public record BadConfig(BadRm rm) {}
