package org.yarngpu.sim.policy;

/** The users' own estimates; where a job has none, the guess from what ran before it. */
final class UserEstimates implements RunTimeGuess {
  private final RecentRunTimes recent = new RecentRunTimes();

  @Override
  public long remainingMs(ActiveJob job) {
    return job.estimateMs().isPresent()
        ? PassedGuess.remainingMs(job.estimateMs().getAsLong(), job.attainedMs())
        : recent.remainingMs(job);
  }

  @Override
  public void learn(ActiveJob ended) {
    recent.learn(ended);
  }
}
