package org.yarngpu.archfixture.scale;

import org.yarngpu.archfixture.policy.BadPolicy;

/** Knows who places the replicas that it wants. */
public record BadScale(BadPolicy policy) {}
