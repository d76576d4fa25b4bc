package org.yarngpu.archfixture.predict;

import org.yarngpu.archfixture.policy.BadPolicy;

/** Knows who orders by what it forecasts. */
public record BadPredict(BadPolicy policy) {}
