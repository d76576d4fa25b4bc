package org.yarngpu.testing;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedSet;
import java.util.Optional;
import java.util.OptionalLong;
import org.yarngpu.model.Ask;
import org.yarngpu.model.AskKey;
import org.yarngpu.model.Elastic;
import org.yarngpu.model.Gang;
import org.yarngpu.model.GangId;
import org.yarngpu.model.Locality;
import org.yarngpu.model.Rejection;
import org.yarngpu.model.Resources;

/** Builds gangs for tests; each in queue root.a unless said otherwise. */
public final class Gangs {
  private final String name;
  private String queue = "root.a";
  private String user = "user";
  private int priority;
  private long submittedMs;
  private int minimum = -1;
  private Gang.Phase phase = Gang.Phase.WAITING;
  private final ImmutableList.Builder<Ask> asks = ImmutableList.builder();
  private String label = "";
  private int roles;
  private int asked;
  private ImmutableSortedSet<String> excluded = ImmutableSortedSet.of();
  private Optional<Rejection> limit = Optional.empty();
  private OptionalLong deadlineMs = OptionalLong.empty();
  private ImmutableList<String> types = ImmutableList.of();
  private Optional<Elastic> elastic = Optional.empty();

  private Gangs(String name) {
    this.name = name;
  }

  public static Gangs gang(String name) {
    return new Gangs(name);
  }

  /** Puts the roles that are added from here on under a node label. */
  public Gangs label(String nodeLabel) {
    label = nodeLabel;
    return this;
  }

  /** Adds a role; each member takes the memory and vcores that its GPUs come with. */
  public Gangs members(int count, int gpus) {
    return members(count, new Resources(1000L * gpus, gpus, gpus), Locality.ANYWHERE);
  }

  public Gangs members(int count, Resources size, Locality locality) {
    asks.add(new Ask(new AskKey(roles++, 0), size, count, label, locality));
    asked += count;
    return this;
  }

  /** Fewest members that start together; all that are asked for unless set. */
  public Gangs minimum(int members) {
    minimum = members;
    return this;
  }

  public Gangs queue(String path) {
    queue = path;
    return this;
  }

  public Gangs user(String value) {
    user = value;
    return this;
  }

  public Gangs priority(int value) {
    priority = value;
    return this;
  }

  public Gangs submitted(long ms) {
    submittedMs = ms;
    return this;
  }

  public Gangs phase(Gang.Phase value) {
    phase = value;
    return this;
  }

  public Gangs excludes(String... hosts) {
    excluded = ImmutableSortedSet.copyOf(hosts);
    return this;
  }

  public Gangs limit(Rejection rejection) {
    limit = Optional.of(rejection);
    return this;
  }

  public Gangs deadline(long ms) {
    deadlineMs = OptionalLong.of(ms);
    return this;
  }

  public Gangs types(String... bestFirst) {
    types = ImmutableList.copyOf(bestFirst);
    return this;
  }

  /** A gang that has not started, and may have so many members beyond its minimum. */
  public Gangs upTo(int maximum) {
    return elastic(0, maximum, 0);
  }

  /** A gang that runs with {@code width} members; set after the minimum. */
  public Gangs elastic(int width, int maximum, long growsFromMs) {
    elastic = Optional.of(new Elastic(width, Math.max(1, minimum), maximum, growsFromMs));
    return this;
  }

  public Gang build() {
    return new Gang(
        new GangId(name),
        queue,
        user,
        priority,
        submittedMs,
        minimum > 0 ? minimum : Math.max(1, asked),
        phase,
        asks.build(),
        excluded,
        limit,
        deadlineMs,
        types,
        elastic);
  }
}
