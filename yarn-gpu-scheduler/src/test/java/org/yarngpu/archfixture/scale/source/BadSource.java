package org.yarngpu.archfixture.scale.source;

import org.yarngpu.archfixture.policy.BadPolicy;

/** Knows who places the replicas whose load it reads. */
public record BadSource(BadPolicy policy) {}
