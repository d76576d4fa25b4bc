/**
 * One second of the replayed day.
 *
 * @param clock time of day, in words
 * @param offered requests per second
 * @param requests what became of those of the last seconds
 * @param gpus of the cluster
 * @param replicaGpus of each replica
 */
record Moment(
    int second,
    String clock,
    double offered,
    LoadReplay.Summary requests,
    ClusterWatch.Sighting seen,
    int gpus,
    int replicaGpus) {

  /** GPUs of the service. */
  int serving() {
    int replicas = seen.ready() + seen.coming() + seen.leaving();
    return Math.min(gpus - lent(), replicaGpus * replicas);
  }

  int lent() {
    return Math.min(gpus, seen.lent());
  }
}
