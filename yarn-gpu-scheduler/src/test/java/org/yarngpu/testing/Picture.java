package org.yarngpu.testing;

import com.google.common.base.Ascii;
import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.Iterables;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.yarngpu.model.AskKey;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Gang;
import org.yarngpu.model.GangId;
import org.yarngpu.model.Node;
import org.yarngpu.model.NodeId;
import org.yarngpu.model.Placement;
import org.yarngpu.model.Plan;
import org.yarngpu.model.Queue;
import org.yarngpu.model.Reservation;
import org.yarngpu.model.Resources;
import org.yarngpu.model.RunningGang;

/**
 * A cluster as text: a line a node, a letter a GPU's holder, a capital one if the GPU is lent to
 * it, a dot a free GPU, a minus a free GPU of a node that is closed. A rack may stand before the
 * node, a GPU model and a label behind it, as {@code r1/n1#a100@big}; else all nodes are in one
 * rack, of no known model and in the default partition.
 */
public final class Picture {
  private static final int MEMORY_PER_GPU = 1000;

  private final Map<NodeId, List<String>> cells = new TreeMap<>();
  private final ImmutableSortedMap<NodeId, Node> nodes;

  private Picture(String text) {
    ImmutableSortedMap.Builder<NodeId, Node> builder = ImmutableSortedMap.naturalOrder();
    for (String line : text.lines().filter(line -> !line.isBlank()).toList()) {
      List<String> words = Splitter.on(' ').omitEmptyStrings().splitToList(line.trim());
      List<String> labelled = Splitter.on('@').splitToList(words.get(0));
      List<String> modelled = Splitter.on('#').splitToList(labelled.get(0));
      List<String> place = Splitter.on('/').splitToList(modelled.get(0));
      String name = Iterables.getLast(place);
      List<String> gpus = words.subList(1, words.size());
      cells.put(new NodeId(name), new ArrayList<>(gpus));
      builder.put(
          new NodeId(name),
          new Node(
              new NodeId(name),
              name,
              place.size() > 1 ? "/" + place.get(0) : "/rack",
              labelled.size() > 1 ? labelled.get(1) : "",
              modelled.size() > 1 ? modelled.get(1) : "",
              gpus(gpus.size()),
              gpus((int) gpus.stream().filter(Picture::isFree).count()),
              !gpus.contains("-")));
    }
    this.nodes = builder.build();
  }

  public static Picture of(String text) {
    return new Picture(text);
  }

  /** The gangs that hold GPUs, in the order of their letters; none has waited. */
  public ImmutableList<RunningGang> running() {
    TreeMap<String, ImmutableList.Builder<Placement.Member>> members = new TreeMap<>();
    cells.forEach(
        (node, gpus) ->
            gpus.stream()
                .filter(gpu -> !isFree(gpu) && !gpu.equals("-"))
                .forEach(
                    gpu ->
                        members
                            .computeIfAbsent(
                                Ascii.toLowerCase(gpu), letter -> ImmutableList.builder())
                            .add(
                                new Placement.Member(
                                    new AskKey(0, 0),
                                    gpus(1),
                                    node,
                                    !gpu.equals(Ascii.toLowerCase(gpu))))));
    return members.entrySet().stream()
        .map(entry -> new RunningGang(new GangId(entry.getKey()), entry.getValue().build(), 0))
        .collect(ImmutableList.toImmutableList());
  }

  private static boolean isFree(String gpu) {
    return gpu.equals(".") || gpu.equals("-");
  }

  /** What so many GPUs of a node come with. */
  static Resources gpus(int count) {
    return new Resources((long) MEMORY_PER_GPU * count, 10 * count, count);
  }

  /** A settled snapshot with these gangs, all in root.a, whose maximum is the cluster. */
  public ClusterSnapshot with(Gang... gangs) {
    return with(ImmutableSortedMap.of(), gangs);
  }

  public ClusterSnapshot with(ImmutableSortedMap<String, Reservation> reservations, Gang... gangs) {
    ImmutableMap<String, Queue.Share> shares = shares();
    return new ClusterSnapshot(
        0,
        true,
        nodes,
        ImmutableMap.of(
            "root",
            new Queue("root", "", 0, shares),
            "root.a",
            new Queue("root.a", "root", 0, shares)),
        ImmutableList.copyOf(gangs),
        reservations);
  }

  /** Each partition whole, for every queue. */
  private ImmutableMap<String, Queue.Share> shares() {
    Map<String, Resources> totals = new TreeMap<>();
    Map<String, Resources> used = new TreeMap<>();
    for (Node node : nodes.values()) {
      totals.merge(node.partition(), node.total(), Resources::plus);
      used.merge(node.partition(), node.total().minusAtMost(node.free()), Resources::plus);
    }
    ImmutableMap.Builder<String, Queue.Share> shares = ImmutableMap.builder();
    totals.forEach(
        (label, total) -> shares.put(label, new Queue.Share(total, total, used.get(label))));
    return shares.build();
  }

  /** The picture once the plan is committed; members show the first letter of their gang. */
  public String after(Plan plan) {
    Map<NodeId, List<String>> after = new TreeMap<>();
    cells.forEach((node, gpus) -> after.put(node, new ArrayList<>(gpus)));
    for (Placement placement : plan.placements()) {
      for (Placement.Member member : placement.members()) {
        List<String> gpus = after.get(member.node());
        for (int g = 0; g < member.size().gpus(); g++) {
          String letter = placement.gang().value().substring(0, 1);
          gpus.set(gpus.indexOf("."), member.lent() ? Ascii.toUpperCase(letter) : letter);
        }
      }
    }
    StringBuilder text = new StringBuilder();
    after.forEach(
        (node, gpus) -> text.append(node).append(' ').append(String.join(" ", gpus)).append('\n'));
    return text.toString();
  }

  /** The picture of what is held: a plus for each GPU of a reservation. */
  public static String held(Reservation reservation) {
    StringBuilder text = new StringBuilder();
    reservation
        .held()
        .forEach((node, size) -> text.append(node).append(" +".repeat(size.gpus())).append('\n'));
    return text.toString();
  }
}
