package org.yarngpu.planner;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.TreeSet;
import org.yarngpu.model.Ask;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Gang;
import org.yarngpu.model.GpuModels;
import org.yarngpu.model.Locality;
import org.yarngpu.model.Node;
import org.yarngpu.model.Queue;
import org.yarngpu.model.Reason;
import org.yarngpu.model.Rejection;
import org.yarngpu.model.Resources;

/** Tells the gangs that could never start, as asked, from those that only have to wait. */
public final class Feasibility {
  private static final Resources UNLIMITED =
      new Resources(Long.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE);

  private final GangPlacer placer = new GangPlacer();
  private final ClusterSnapshot snapshot;
  private final Room known;
  private final Map<String, Resources> knownTotals = new HashMap<>();
  private final Map<String, Resources> openTotals = new HashMap<>();

  public Feasibility(ClusterSnapshot snapshot) {
    this.snapshot = snapshot;
    this.known = Room.known(snapshot.nodes().values().asList());
  }

  /** Whether the gang would fit, were all known nodes healthy and idle. */
  boolean fitsKnownNodes(Gang gang) {
    return placer.fits(gang, known);
  }

  /**
   * Why no queue setting and no set of the known nodes could ever hold the gang's minimum; empty if
   * one could. Meant for a settled snapshot: what the nodes seen so far cannot hold, later ones
   * may.
   */
  public Optional<Rejection> never(Gang gang) {
    Optional<Rejection> aboveMaximum = aboveQueueMaximum(gang);
    return aboveMaximum.isPresent() ? aboveMaximum : largerThanNodes(gang);
  }

  /** As {@link #never}, for a gang that is on no queue's account. */
  public Optional<Rejection> neverOnLoan(Gang gang) {
    return largerThanNodes(gang);
  }

  Optional<Rejection> aboveQueueMaximum(Gang gang) {
    TreeMap<String, Resources> byPartition = new TreeMap<>();
    for (Ask ask : gang.minimumAsks()) {
      byPartition.merge(ask.partition(), ask.size().times(ask.count()), Resources::plus);
    }
    for (var demand : byPartition.entrySet()) {
      String path = gang.queue();
      while (!path.isEmpty()) {
        Queue queue = snapshot.queues().get(path);
        if (queue == null) {
          break;
        }
        Resources maximum = maximum(queue, demand.getKey());
        if (!demand.getValue().fitsIn(maximum)) {
          return Optional.of(
              new Rejection(
                  Reason.ABOVE_QUEUE_MAXIMUM,
                  "%s needs %s together, but the maximum of queue %s%s is %s; %s"
                      .formatted(
                          Wording.members(gang),
                          Wording.of(demand.getValue()),
                          path,
                          Wording.under(demand.getKey()),
                          Wording.of(maximum),
                          Wording.largest(membersWithin(gang, maximum), gang))));
        }
        path = queue.parent();
      }
    }
    return Optional.empty();
  }

  /**
   * What the queue may use once all known nodes are open, since a share of the cluster shrinks
   * while nodes are away. A maximum that covers its partition is no limit of its own: there the
   * nodes are.
   */
  private Resources maximum(Queue queue, String partition) {
    Resources maximum = queue.share(partition).maximum();
    Resources open = open(partition);
    if (open.fitsIn(maximum)) {
      return UNLIMITED;
    }
    Resources whole = total(partition);
    return new Resources(
        scaled(maximum.memoryMib(), whole.memoryMib(), open.memoryMib()),
        (int) scaled(maximum.vcores(), whole.vcores(), open.vcores()),
        (int) scaled(maximum.gpus(), whole.gpus(), open.gpus()));
  }

  private static long scaled(long part, long whole, long open) {
    return open == 0 ? whole : (long) Math.ceil((double) part * whole / open);
  }

  private Resources open(String partition) {
    return openTotals.computeIfAbsent(partition, snapshot::total);
  }

  private static int membersWithin(Gang gang, Resources maximum) {
    return gang.minimumAsks().get(0).size().countIn(maximum, Integer.MAX_VALUE);
  }

  private Optional<Rejection> largerThanNodes(Gang gang) {
    if (placer.fits(gang, known)) {
      return Optional.empty();
    }
    Gang anywhere = withoutRestrictions(gang);
    for (Ask ask : anywhere.minimumAsks()) {
      ImmutableList<Node> nodes =
          snapshot.nodes().values().stream()
              .filter(node -> node.partition().equals(ask.partition()))
              .collect(ImmutableList.toImmutableList());
      if (nodes.isEmpty()) {
        return Optional.of(
            new Rejection(
                Reason.NO_NODE_IN_PARTITION,
                "no known node with GPUs is" + Wording.under(ask.partition())));
      }
      Optional<ImmutableList<String>> models = known.models().of(gang);
      if (models.isPresent() && ask.partition().equals(gang.partition())) {
        if (models.get().isEmpty()) {
          return Optional.of(noNodeOfModel(gang));
        }
        nodes =
            nodes.stream()
                .filter(node -> models.get().contains(node.model()))
                .collect(ImmutableList.toImmutableList());
      }
      if (nodes.stream().noneMatch(node -> ask.size().fitsIn(node.total()))) {
        return Optional.of(
            new Rejection(
                Reason.LARGER_THAN_ANY_NODE,
                "a member needs %s, but the largest node%s%s has %s"
                    .formatted(
                        Wording.of(ask.size()),
                        Wording.ofModels(models.orElse(ImmutableList.of())),
                        Wording.under(ask.partition()),
                        Wording.of(largest(nodes)))));
      }
    }
    if (placer.fits(anywhere, known) || !placer.neverFits(anywhere, known)) {
      return Optional.empty();
    }
    return Optional.of(largerThanCluster(anywhere));
  }

  /** With the numbers of the model that would take the most members. */
  private Rejection largerThanCluster(Gang gang) {
    Ask first = gang.minimumAsks().get(0).withCount(Integer.MAX_VALUE);
    String partition = first.partition();
    int fits = placer.countOf(first, gang, known);
    String ofModel = "";
    Resources total = total(partition);
    if (known.models().of(gang).isPresent()) {
      fits = -1;
      for (String model : known.models().of(gang).get()) {
        int onModel = placer.countOf(first, gang, known.on(partition, model));
        if (onModel > fits) {
          fits = onModel;
          ofModel = Wording.ofModels(ImmutableList.of(model));
          total = total(snapshot.nodes().values(), partition, model);
        }
      }
    }
    return new Rejection(
        Reason.LARGER_THAN_CLUSTER,
        "%s needs %s together, but all known nodes%s%s have %s; %s"
            .formatted(
                Wording.members(gang),
                Wording.of(gang.minimumSize()),
                ofModel,
                Wording.under(partition),
                Wording.of(total),
                Wording.largest(fits, gang)));
  }

  private static Resources total(Iterable<Node> nodes, String partition, String model) {
    Resources total = Resources.NONE;
    for (Node node : nodes) {
      if (node.partition().equals(partition) && node.model().equals(model)) {
        total = total.plus(node.total());
      }
    }
    return total;
  }

  private Rejection noNodeOfModel(Gang gang) {
    TreeSet<String> others = new TreeSet<>();
    for (Node node : snapshot.nodes().values()) {
      if (!node.partition().equals(gang.partition())
          && !GpuModels.meant(gang.types(), ImmutableSortedSet.of(node.model())).isEmpty()) {
        others.add(Wording.under(node.partition()).trim());
      }
    }
    ImmutableList<String> there =
        known.models().under(gang.partition()).stream()
            .map(model -> model.equals(GpuModels.UNKNOWN) ? "some of no known model" : model)
            .collect(ImmutableList.toImmutableList());
    return new Rejection(
        Reason.NO_NODE_OF_MODEL,
        "no known node%s is of model %s; there are %s%s"
            .formatted(
                Wording.under(gang.partition()),
                String.join(" or ", gang.types()),
                String.join(", ", there),
                others.isEmpty() ? "" : ", and such nodes " + String.join(" and ", others)));
  }

  private Resources total(String partition) {
    return knownTotals.computeIfAbsent(
        partition,
        wanted ->
            snapshot.nodes().values().stream()
                .filter(node -> node.partition().equals(wanted))
                .map(Node::total)
                .reduce(Resources.NONE, Resources::plus));
  }

  private static Resources largest(ImmutableList<Node> nodes) {
    Node largest = nodes.get(0);
    for (Node node : nodes) {
      if (node.total().gpus() > largest.total().gpus()) {
        largest = node;
      }
    }
    return largest.total();
  }

  /** The same gang, were it to run on any host: only the job itself could lift its restrictions. */
  private static Gang withoutRestrictions(Gang gang) {
    return new Gang(
        gang.id(),
        gang.queue(),
        gang.user(),
        gang.priority(),
        gang.submittedMs(),
        gang.minimum(),
        gang.phase(),
        gang.asks().stream()
            .map(
                ask ->
                    new Ask(ask.key(), ask.size(), ask.count(), ask.partition(), Locality.ANYWHERE))
            .collect(ImmutableList.toImmutableList()),
        ImmutableSortedSet.of(),
        Optional.empty(),
        OptionalLong.empty(),
        gang.types(),
        Optional.empty());
  }
}
