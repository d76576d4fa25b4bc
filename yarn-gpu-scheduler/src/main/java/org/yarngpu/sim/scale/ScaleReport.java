package org.yarngpu.sim.scale;

import com.google.common.collect.ImmutableList;
import org.yarngpu.sim.ServiceConditions;

/**
 * What policies made of the same load.
 *
 * @param load name of the series
 * @param conditions that they met
 * @param learnedDays at the start, not judged
 * @param judgedDays the rest
 */
public record ScaleReport(
    String load,
    ServiceConditions conditions,
    double learnedDays,
    double judgedDays,
    ImmutableList<Score> policies) {

  /**
   * What one policy made of it.
   *
   * @param violations share of the requests that waited longer than the objective, in [0, 1]
   * @param meanReplicas over time, those that start included
   * @param actionsPerDay decisions that changed the number of replicas
   */
  public record Score(String name, double violations, double meanReplicas, double actionsPerDay) {}
}
