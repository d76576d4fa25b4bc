package org.yarngpu.client;

import org.yarngpu.job.JobSpec;

/**
 * A job that the ResourceManager has accepted.
 *
 * @param id of the application
 * @param spec what was submitted
 */
public record SubmittedJob(String id, JobSpec spec) {}
