package org.yarngpu.sim.workload;

import org.yarngpu.predict.Ending;
import org.yarngpu.predict.JobIdentity;

/**
 * How an application of a history ended, and who it was: what a predictor asks for and a simulated
 * job does not say.
 *
 * @param job with its own name and the queue as YARN names it
 * @param runtimeSeconds how long it held its GPUs, at its minimum width
 * @param ending of its last attempt
 * @param afterMs from its submission to its end, waiting included
 */
public record Ended(JobIdentity job, double runtimeSeconds, Ending ending, long afterMs) {}
