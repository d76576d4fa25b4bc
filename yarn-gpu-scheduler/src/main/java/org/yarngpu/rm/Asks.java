package org.yarngpu.rm;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedSet;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.apache.hadoop.yarn.api.records.ExecutionType;
import org.apache.hadoop.yarn.api.records.ExecutionTypeRequest;
import org.apache.hadoop.yarn.api.records.Resource;
import org.apache.hadoop.yarn.api.records.ResourceRequest;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.common.fica.FiCaSchedulerApp;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.common.fica.FiCaSchedulerNode;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.placement.AppPlacementAllocator;
import org.apache.hadoop.yarn.server.scheduler.SchedulerRequestKey;
import org.apache.hadoop.yarn.util.resource.Resources;
import org.jspecify.annotations.Nullable;
import org.yarngpu.model.Ask;
import org.yarngpu.model.AskKey;
import org.yarngpu.model.Elastic;
import org.yarngpu.model.Gang;
import org.yarngpu.model.Locality;
import org.yarngpu.model.Node;
import org.yarngpu.model.NodeId;
import org.yarngpu.model.Reason;
import org.yarngpu.model.Rejection;

/** Turns the outstanding asks of an application attempt into its gang. */
final class Asks {
  private Asks() {}

  /**
   * The gang as it waits now; empty if it waits for nothing.
   *
   * @param nodes for the models that its live members run on
   */
  static Optional<Gang> gang(
      GangState state,
      FiCaSchedulerApp app,
      LiveMembers members,
      Map<NodeId, Node> nodes,
      Optional<Elastic> elastic,
      LimitCheck limits,
      boolean lends) {
    List<Ask> asks = new ArrayList<>();
    Map<SchedulerRequestKey, Resource> sizes = new HashMap<>();
    Optional<Rejection> unsupported = Optional.empty();
    int opportunistic = 0;
    boolean enforced = false;
    if (!state.beforeAppMaster()) {
      for (SchedulerRequestKey key : app.getSchedulerKeys()) {
        @Nullable Ask ask = ask(app, key, sizes);
        if (ask != null) {
          asks.add(ask);
          ExecutionTypeRequest type = executionType(app, key);
          opportunistic += type.getExecutionType() == ExecutionType.OPPORTUNISTIC ? 1 : 0;
          enforced |= type.getEnforceExecutionType();
          unsupported = unsupported.or(() -> unsupported(sizes.get(key)));
        }
      }
      asks.sort(Comparator.comparing(Ask::key));
    }
    state.hasLoans(members.anyLent());
    state.leavesExecutionType(!enforced);
    boolean surplusIsLent =
        state.isElastic()
            && members.anyLent()
            && (members.anyOwned() || opportunistic < asks.size());
    boolean lent = members.anyLent() && !surplusIsLent;
    state.borrows(lent || (lends && !asks.isEmpty() && opportunistic == asks.size()));
    if (lends && opportunistic < asks.size() && (opportunistic > 0 || lent)) {
      unsupported = unsupported.or(Asks::mixed);
    }
    int live = members.count();
    if (members.any()) {
      state.start(members.sinceMs());
    }
    int asked = asks.stream().mapToInt(Ask::count).sum();
    if (state.started() && live == 0 && asked >= state.minimum()) {
      // The application master starts over: the members that succeeded before do not count.
      state.forgetSuccesses();
    }
    if (live >= state.minimum()) {
      state.forgetGivenBack();
    }
    int missing = missing(state, live, asked);
    state.noteMissing(live > 0 ? missing : 0, live);
    if (asked == 0 && (state.started() || !state.isDeclared())) {
      return Optional.empty();
    }
    Gang.Phase phase =
        !state.started()
            ? Gang.Phase.WAITING
            : missing > 0 ? Gang.Phase.REPLACING : Gang.Phase.GROWING;
    Gang gang =
        new Gang(
            state.id,
            app.getCSLeafQueue().getQueuePath(),
            app.getUser(),
            app.getPriority().getPriority(),
            state.waitingSinceMs(),
            phase == Gang.Phase.GROWING
                ? 1
                : phase == Gang.Phase.WAITING ? state.minimum() : missing,
            phase,
            ImmutableList.copyOf(asks),
            ImmutableSortedSet.copyOf(app.getBlacklistedNodes()),
            unsupported,
            phase == Gang.Phase.WAITING ? state.deadlineMs() : OptionalLong.empty(),
            types(state, members, nodes),
            Optional.empty());
    if (!gang.complete() || unsupported.isPresent() || asked == 0 || state.borrows()) {
      return Optional.of(elastic.map(gang::withElastic).orElse(gang));
    }
    Gang limited = gang.withLimit(limits.userRefusal(app, totals(gang.minimumAsks(), sizes)));
    return Optional.of(
        elastic
            .map(widths -> limited.withElastic(within(widths, limited, app, sizes, limits)))
            .orElse(limited));
  }

  /** The widths that the user limit lets an elastic gang have. */
  private static Elastic within(
      Elastic widths,
      Gang gang,
      FiCaSchedulerApp app,
      Map<SchedulerRequestKey, Resource> sizes,
      LimitCheck limits) {
    int accepted = gang.startTogether();
    int refused = Math.min(gang.asked(), widths.maximum() - widths.width()) + 1;
    while (refused - accepted > 1) {
      int members = (accepted + refused) >>> 1;
      if (limits.userRefusal(app, totals(gang.firstAsks(members), sizes)).isPresent()) {
        refused = members;
      } else {
        accepted = members;
      }
    }
    return new Elastic(
        widths.width(), widths.minimum(), widths.width() + accepted, widths.growsFromMs());
  }

  /** As declared; but the model that live members run on comes first, so that few gangs mix. */
  private static ImmutableList<String> types(
      GangState state, LiveMembers members, Map<NodeId, Node> nodes) {
    ImmutableList<String> declared = state.declaration.types();
    if (declared.isEmpty() || !members.any()) {
      return declared;
    }
    Node node = nodes.get(members.members().get(0).node());
    return node == null || node.model().isEmpty()
        ? declared
        : ImmutableSet.<String>builder().add(node.model()).addAll(declared).build().asList();
  }

  /**
   * Members of the declared minimum that a started gang has lost. One that the application master
   * gave back, as a service does that is made smaller, is lost only if it asks for another.
   */
  private static int missing(GangState state, int live, int asked) {
    if (!state.isDeclared() || !state.started()) {
      return 0;
    }
    int absent = state.minimum() - live;
    if (!state.seenFromStart) {
      return Math.max(0, Math.min(absent, asked));
    }
    int ended = Math.max(0, absent - state.succeeded());
    return ended - Math.min(state.givenBack(), Math.max(0, ended - asked));
  }

  private static @Nullable Ask ask(
      FiCaSchedulerApp app, SchedulerRequestKey key, Map<SchedulerRequestKey, Resource> sizes) {
    AppPlacementAllocator<FiCaSchedulerNode> allocator = app.getAppPlacementAllocator(key);
    if (allocator == null) {
      return null;
    }
    Map<String, ResourceRequest> rows = allocator.getResourceRequests();
    ResourceRequest any = rows.get(ResourceRequest.ANY);
    if (any == null
        || any.getNumContainers() <= 0
        || YarnResources.gpus(any.getCapability()) == 0) {
      return null;
    }
    sizes.put(key, any.getCapability());
    return new Ask(
        new AskKey(key.getPriority().getPriority(), key.getAllocationRequestId()),
        YarnResources.of(any.getCapability()),
        any.getNumContainers(),
        allocator.getPrimaryRequestedNodePartition(),
        locality(any, rows.values()));
  }

  private static Locality locality(ResourceRequest any, Collection<ResourceRequest> rows) {
    if (any.getRelaxLocality()) {
      return Locality.ANYWHERE;
    }
    ImmutableSortedSet.Builder<String> hosts = ImmutableSortedSet.naturalOrder();
    ImmutableSortedSet.Builder<String> racks = ImmutableSortedSet.naturalOrder();
    for (ResourceRequest row : rows) {
      boolean isRack = row.getResourceName().startsWith("/");
      if (row.getNumContainers() <= 0 || row.getResourceName().equals(ResourceRequest.ANY)) {
        continue;
      }
      if (!isRack) {
        hosts.add(row.getResourceName());
      } else if (row.getRelaxLocality()) {
        racks.add(row.getResourceName());
      }
    }
    return new Locality(false, hosts.build(), racks.build());
  }

  private static Optional<Rejection> unsupported(@Nullable Resource size) {
    String other = size == null ? "" : YarnResources.otherType(size);
    return other.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Rejection(
                Reason.UNSUPPORTED_ASK,
                "the ask has %s beside a GPU; the planner knows memory, vcores and yarn.io/gpu"
                    .formatted(other)));
  }

  private static Optional<Rejection> mixed() {
    return Optional.of(
        new Rejection(
            Reason.UNSUPPORTED_ASK,
            "some members with a GPU are asked for as OPPORTUNISTIC and some as GUARANTEED; a gang"
                + " runs on lent GPUs whole or not at all"));
  }

  private static ExecutionTypeRequest executionType(FiCaSchedulerApp app, SchedulerRequestKey key) {
    AppPlacementAllocator<FiCaSchedulerNode> allocator = app.getAppPlacementAllocator(key);
    ResourceRequest any =
        allocator == null ? null : allocator.getResourceRequests().get(ResourceRequest.ANY);
    return any == null || any.getExecutionTypeRequest() == null
        ? ExecutionTypeRequest.newInstance()
        : any.getExecutionTypeRequest();
  }

  private static Map<String, Resource> totals(
      List<Ask> asks, Map<SchedulerRequestKey, Resource> sizes) {
    Map<String, Resource> totals = new TreeMap<>();
    Map<AskKey, Resource> byKey = new HashMap<>();
    sizes.forEach(
        (key, size) ->
            byKey.put(
                new AskKey(key.getPriority().getPriority(), key.getAllocationRequestId()), size));
    for (Ask ask : asks) {
      Resource size = byKey.get(ask.key());
      if (size != null) {
        totals.merge(ask.partition(), Resources.multiply(size, ask.count()), Resources::add);
      }
    }
    return totals;
  }
}
