package org.yarngpu.planner;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.yarngpu.model.Gang;
import org.yarngpu.model.GpuModels;
import org.yarngpu.model.Node;

/**
 * The GPU models of a cluster's nodes, and which of them a gang may run on.
 *
 * <p>Where no model of any node is known, what gangs say about models says nothing.
 */
final class Models {
  private final Iterable<Node> nodes;
  private @Nullable Map<String, ImmutableSortedSet<String>> byPartition;
  private boolean anyKnown;

  /** What was asked before: a cycle asks for the same again and again. */
  private final Map<Wish, ImmutableList<String>> meant = new HashMap<>();

  private record Wish(String partition, ImmutableList<String> types) {}

  Models(Iterable<Node> nodes) {
    this.nodes = nodes;
  }

  /** Those of the nodes under a label. */
  ImmutableSortedSet<String> under(String partition) {
    return byPartition().getOrDefault(partition, ImmutableSortedSet.of());
  }

  /** Those that the gang may run on, best first; empty if any node will do. */
  Optional<ImmutableList<String>> of(Gang gang) {
    if (gang.types().isEmpty()) {
      return Optional.empty();
    }
    ImmutableSortedSet<String> there = under(gang.partition());
    return anyKnown
        ? Optional.of(
            meant.computeIfAbsent(
                new Wish(gang.partition(), gang.types()),
                wish -> GpuModels.meant(wish.types, there)))
        : Optional.empty();
  }

  private Map<String, ImmutableSortedSet<String>> byPartition() {
    Map<String, ImmutableSortedSet<String>> known = byPartition;
    if (known != null) {
      return known;
    }
    Map<String, TreeSet<String>> sets = new TreeMap<>();
    for (Node node : nodes) {
      anyKnown |= !node.model().equals(GpuModels.UNKNOWN);
      sets.computeIfAbsent(node.partition(), label -> new TreeSet<>()).add(node.model());
    }
    Map<String, ImmutableSortedSet<String>> found = new HashMap<>();
    sets.forEach((label, models) -> found.put(label, ImmutableSortedSet.copyOf(models)));
    byPartition = found;
    return found;
  }
}
