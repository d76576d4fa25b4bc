package org.yarngpu.archfixture.model;

import org.yarngpu.archfixture.planner.BadPlanner;

/** Changes, and knows a higher layer. */
public class BadModel {
  private int count;

  public int next(BadPlanner planner) {
    count += planner.hashCode();
    return count;
  }
}
