package org.yarngpu.sim.predict;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Predicts a run time from the same user's jobs with a similar name: the mean of those of the same
 * GPU count, else of all those; else the user's mean; else everybody's mean.
 *
 * <p>Source: the rolling estimator of QSSF (Hu et al., SC 2021, published code), where names are
 * similar when their Ratcliff-Obershelp ratio is at least 0.6, and the two most similar count.
 */
public final class RollingEstimate {
  private static final double SIMILAR = 0.6;
  private static final int NAMES = 2;

  /** What is predicted before anything has ended, milliseconds. */
  private static final double UNKNOWN_MS = 300_000;

  private static final class Mean {
    double sum;
    long count;

    void add(double value) {
      sum += value;
      count++;
    }
  }

  /** Run times of one name, by GPU count. */
  private static final class Name {
    final Mean all = new Mean();
    final Map<Integer, Mean> byGpus = new HashMap<>();
  }

  private static final class User {
    final Mean all = new Mean();
    final Map<String, Name> names = new LinkedHashMap<>();
  }

  private final Mean everybody = new Mean();
  private final Map<String, User> users = new HashMap<>();

  /** Learns from a job that has ended; an empty user or group is unknown. */
  public void learn(String owner, String group, int gpus, double ranMs) {
    everybody.add(ranMs);
    if (owner.isEmpty()) {
      return;
    }
    User user = users.computeIfAbsent(owner, name -> new User());
    user.all.add(ranMs);
    if (!group.isEmpty()) {
      Name name = user.names.computeIfAbsent(group, key -> new Name());
      name.all.add(ranMs);
      name.byGpus.computeIfAbsent(gpus, key -> new Mean()).add(ranMs);
    }
  }

  /** How long a job is predicted to run, milliseconds, at least 0. */
  public double runMs(String owner, String group, int gpus) {
    User user = users.get(owner);
    if (user == null) {
      return everybody.count == 0 ? UNKNOWN_MS : everybody.sum / everybody.count;
    }
    List<Name> similar = similar(user, group);
    Mean sameGpus = new Mean();
    Mean all = new Mean();
    for (Name name : similar) {
      all.sum += name.all.sum;
      all.count += name.all.count;
      Mean same = name.byGpus.get(gpus);
      if (same != null) {
        sameGpus.sum += same.sum;
        sameGpus.count += same.count;
      }
    }
    for (Mean mean : List.of(sameGpus, all)) {
      if (mean.count > 0) {
        return mean.sum / mean.count;
      }
    }
    return user.all.sum / user.all.count;
  }

  private static List<Name> similar(User user, String group) {
    record Match(double ratio, Name name) {}
    if (group.isEmpty()) {
      return List.of();
    }
    List<Match> matches = new ArrayList<>();
    for (Map.Entry<String, Name> known : user.names.entrySet()) {
      double ratio = NameSimilarity.ratio(known.getKey(), group);
      if (ratio >= SIMILAR) {
        matches.add(new Match(ratio, known.getValue()));
      }
    }
    matches.sort(Comparator.comparingDouble(Match::ratio).reversed()); // stable: ties by age
    return matches.stream().limit(NAMES).map(Match::name).toList();
  }
}
