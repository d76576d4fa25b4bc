package org.yarngpu.job;

/** What a job is for; the scheduler treats the three differently when GPUs are short. */
public enum JobKind {
  TRAINING,
  INFERENCE,
  INTERACTIVE
}
