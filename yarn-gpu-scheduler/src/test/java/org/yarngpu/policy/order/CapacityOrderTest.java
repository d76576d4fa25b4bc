package org.yarngpu.policy.order;

import static org.assertj.core.api.Assertions.assertThat;
import static org.yarngpu.testing.Gangs.gang;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedMap;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.apache.hadoop.yarn.api.records.Priority;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.QueueResourceQuotas;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.capacity.CSQueue;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.capacity.QueueCapacities;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.capacity.policy.PriorityUtilizationQueueOrderingPolicy;
import org.junit.jupiter.api.Test;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Gang;
import org.yarngpu.model.Node;
import org.yarngpu.model.NodeId;
import org.yarngpu.model.Queue;
import org.yarngpu.model.Resources;
import org.yarngpu.policy.GangOrder;
import org.yarngpu.testing.Seeded;

class CapacityOrderTest {
  private static final int ALL = 64;

  /** A queue below root, with what it is guaranteed and uses of 64 GPUs. */
  private record Share(String name, int priority, int guaranteed, int used) {}

  private static Resources gpus(int count) {
    return new Resources(1000L * count, count, count);
  }

  private static ClusterSnapshot cluster(List<Queue> queues) {
    ImmutableMap.Builder<String, Queue> byPath = ImmutableMap.builder();
    queues.forEach(queue -> byPath.put(queue.path(), queue));
    NodeId id = new NodeId("n1");
    return new ClusterSnapshot(
        0,
        true,
        ImmutableSortedMap.of(id, new Node(id, "n1", "/r", "", gpus(ALL), gpus(ALL), true)),
        byPath.build(),
        ImmutableList.of(),
        ImmutableSortedMap.of());
  }

  private static Queue queue(String path, String parent, int priority, int guaranteed, int used) {
    return new Queue(
        path,
        parent,
        priority,
        ImmutableMap.of("", new Queue.Share(gpus(guaranteed), gpus(ALL), gpus(used))));
  }

  private static ClusterSnapshot leaves(Share... shares) {
    List<Queue> queues = new ArrayList<>(List.of(queue("root", "", 0, ALL, 0)));
    for (Share share : shares) {
      queues.add(queue("root." + share.name, "root", share.priority, share.guaranteed, share.used));
    }
    return cluster(queues);
  }

  private static GangOrder.Turns turns(ClusterSnapshot snapshot, Gang... gangs) {
    return new CapacityOrder(LeafOrder.SUBMISSION).turns(snapshot, "", List.of(gangs));
  }

  private static Gang in(String leaf, String name) {
    return gang(name).queue("root." + leaf).members(1, 1).build();
  }

  /** All turns; each gang gets what it asks for. */
  private static List<String> served(GangOrder.Turns turns) {
    List<String> served = new ArrayList<>();
    for (Gang gang = turns.next(); gang != null; gang = turns.next()) {
      served.add(gang.id().value());
      turns.served(gang, gang.minimumSize());
    }
    return served;
  }

  @Test
  void theQueueThatUsesTheLeastOfItsGuaranteeIsServedFirst() {
    ClusterSnapshot snapshot = leaves(new Share("a", 0, 16, 8), new Share("b", 0, 48, 12));
    assertThat(served(turns(snapshot, in("a", "1"), in("b", "2")))).containsExactly("2", "1");
  }

  @Test
  void whatTheCycleGivesAwayMovesItsQueueBack() {
    ClusterSnapshot snapshot = leaves(new Share("a", 0, 8, 0), new Share("b", 0, 8, 1));
    assertThat(
            served(
                turns(
                    snapshot,
                    in("a", "a1"),
                    in("a", "a2"),
                    in("a", "a3"),
                    in("b", "b1"),
                    in("b", "b2"))))
        .containsExactly("a1", "a2", "b1", "a3", "b2");
  }

  @Test
  void aGangThatIsRefusedLeavesItsQueueWhereItIs() {
    ClusterSnapshot snapshot = leaves(new Share("a", 0, 8, 0), new Share("b", 0, 8, 1));
    GangOrder.Turns turns = turns(snapshot, in("a", "a1"), in("a", "a2"), in("b", "b1"));
    assertThat(turns.next().id().value()).isEqualTo("a1");
    assertThat(turns.next().id().value()).isEqualTo("a2");
    assertThat(turns.next().id().value()).isEqualTo("b1");
    assertThat(turns.next()).isNull();
  }

  @Test
  void insideALeafPriorityComesFirstThenSubmissionThenTheId() {
    Gang late = gang("1").submitted(9).members(1, 1).build();
    Gang early = gang("4").submitted(1).members(1, 1).build();
    Gang sameTime = gang("3").submitted(1).members(1, 1).build();
    Gang urgent = gang("2").submitted(99).priority(5).members(1, 1).build();
    assertThat(served(turns(leaves(new Share("a", 0, 8, 0)), late, early, sameTime, urgent)))
        .containsExactly("2", "3", "4", "1");
  }

  @Test
  void aQueueWithoutAGuaranteeComesLast() {
    ClusterSnapshot snapshot = leaves(new Share("a", 9, 0, 0), new Share("b", 0, 8, 60));
    assertThat(served(turns(snapshot, in("a", "1"), in("b", "2")))).containsExactly("2", "1");
  }

  @Test
  void amongQueuesBelowTheirGuaranteeTheirPriorityDecides() {
    ClusterSnapshot snapshot =
        leaves(new Share("a", 0, 8, 0), new Share("b", 1, 8, 7), new Share("c", 2, 8, 8));
    assertThat(served(turns(snapshot, in("a", "1"), in("b", "2"), in("c", "3"))))
        .containsExactly("2", "1", "3");
  }

  @Test
  void eachLevelOfTheTreeIsDecidedByItself() {
    ClusterSnapshot snapshot =
        cluster(
            List.of(
                queue("root", "", 0, 64, 12),
                queue("root.p", "root", 0, 32, 10),
                queue("root.p.a", "root.p", 0, 16, 0),
                queue("root.p.b", "root.p", 0, 16, 10),
                queue("root.q", "root", 0, 32, 2)));
    assertThat(served(turns(snapshot, in("p.a", "1"), in("p.b", "2"), in("q", "3"))))
        .containsExactly("3", "1", "2");
  }

  @Test
  void aGangThatAsksForMoreTakesItsPlaceAgain() {
    ClusterSnapshot snapshot = leaves(new Share("a", 0, 8, 0));
    GangOrder.Turns turns = turns(snapshot, in("a", "1"), in("a", "2"));
    Gang first = turns.next();
    turns.add(first);
    assertThat(served(turns)).containsExactly("1", "2");
  }

  /** Shares are eighths, which the floats of Hadoop hold without error. */
  @Seeded(runs = 500)
  void queuesAreOrderedAsCapacitySchedulerOrdersThem(SplittableRandom random) {
    Share[] shares = new Share[random.nextInt(2, 6)];
    List<Gang> gangs = new ArrayList<>();
    List<CSQueue> queues = new ArrayList<>();
    for (int i = 0; i < shares.length; i++) {
      int guaranteed = random.nextInt(4) == 0 ? 0 : 8 << random.nextInt(3);
      shares[i] = new Share("q" + i, random.nextInt(3), guaranteed, 2 * random.nextInt(17));
      gangs.add(in("q" + i, "q" + i));
      queues.add(csQueue(shares[i]));
    }
    var policy = new PriorityUtilizationQueueOrderingPolicy(true);
    policy.setQueues(queues);
    List<String> theirs = new ArrayList<>();
    policy.getAssignmentIterator("").forEachRemaining(queue -> theirs.add(queue.getQueueName()));
    List<String> ours = new ArrayList<>();
    GangOrder.Turns turns = turns(leaves(shares), gangs.toArray(new Gang[0]));
    for (Gang gang = turns.next(); gang != null; gang = turns.next()) {
      ours.add(gang.id().value());
    }
    assertThat(ours).isEqualTo(theirs);
  }

  /** A queue of which the policy reads these values and nothing else. */
  private static CSQueue csQueue(Share share) {
    QueueCapacities capacities = new QueueCapacities(false);
    capacities.setAbsoluteCapacity((float) share.guaranteed / ALL);
    capacities.setAbsoluteUsedCapacity((float) share.used / ALL);
    capacities.setUsedCapacity(share.guaranteed == 0 ? 0 : (float) share.used / share.guaranteed);
    return (CSQueue)
        Proxy.newProxyInstance(
            CSQueue.class.getClassLoader(),
            new Class<?>[] {CSQueue.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "getQueueName" -> share.name;
                  case "getQueueCapacities" -> capacities;
                  case "getQueueResourceQuotas" -> new QueueResourceQuotas();
                  case "getPriority" -> Priority.newInstance(share.priority);
                  case "getAccessibleNodeLabels" -> ImmutableSet.of();
                  default -> throw new UnsupportedOperationException(method.toString());
                });
  }
}
