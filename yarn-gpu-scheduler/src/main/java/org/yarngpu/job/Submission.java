package org.yarngpu.job;

import com.google.common.collect.ImmutableList;

/** What is submitted to the cluster as one application: a job or a service. */
public sealed interface Submission permits JobSpec, ServiceSpec {

  /** Name of the application. */
  String name();

  String queue();

  /** Within the queue; larger goes first. */
  int priority();

  /** Local paths or URIs that each container gets. */
  ImmutableList<String> files();

  /** Like {@link #files}, but unpacked. */
  ImmutableList<String> archives();

  /** Returns the same with its files and archives at other places. */
  Submission withFiles(ImmutableList<String> otherFiles, ImmutableList<String> otherArchives);

  /** Returns what the scheduler is told. */
  Declaration declaration();
}
