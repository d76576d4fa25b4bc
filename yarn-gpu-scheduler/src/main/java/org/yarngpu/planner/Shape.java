package org.yarngpu.planner;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedSet;
import org.yarngpu.model.Ask;
import org.yarngpu.model.Gang;

/**
 * What decides where a gang fits: of two gangs of one shape both fit, or none.
 *
 * @param asks of its minimum
 * @param excluded hosts and racks
 * @param types models that it may run on
 */
record Shape(
    ImmutableList<Ask> asks, ImmutableSortedSet<String> excluded, ImmutableList<String> types) {
  static Shape of(Gang gang) {
    return new Shape(gang.minimumAsks(), gang.excluded(), gang.types());
  }
}
