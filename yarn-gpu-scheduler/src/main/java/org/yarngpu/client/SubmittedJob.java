package org.yarngpu.client;

import org.yarngpu.job.Submission;

/**
 * A job or service that the ResourceManager has accepted.
 *
 * @param id of the application
 * @param spec what was submitted
 */
public record SubmittedJob(String id, Submission spec) {}
