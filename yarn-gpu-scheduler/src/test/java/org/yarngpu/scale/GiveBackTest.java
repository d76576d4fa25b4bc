package org.yarngpu.scale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableMap;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.yarngpu.testing.Seeded;

class GiveBackTest {

  /** Replicas 2 and 3 on a, 1 on b, 4 on c. */
  private static final List<Instance> FOUR =
      List.of(
          new Instance(1, "b", 0),
          new Instance(2, "a", 0),
          new Instance(3, "a", 0),
          new Instance(4, "c", 0));

  private static final ImmutableMap<String, Integer> FREE = ImmutableMap.of("a", 6, "b", 6, "c", 0);

  @Test
  void aWholeNodeComesFreeWhereOneCan() {
    assertThat(numbers(new GiveBack(1, FREE), FOUR, 2)).containsExactly(3, 2);
  }

  @Test
  void whereEqualsComeFreeANodeWithoutTheServiceIsBetter() {
    assertThat(numbers(new GiveBack(1, FREE), FOUR, 1)).containsExactly(1);
  }

  @Test
  void theLastOfANodeInUseGoesLast() {
    assertThat(numbers(new GiveBack(1, FREE), FOUR, 4)).containsExactly(3, 2, 1, 4);
  }

  @Test
  void whoIsWorthLeastGoesFirst() {
    List<Instance> oneStarts =
        List.of(new Instance(1, "a", 1), new Instance(2, "a", 1), new Instance(3, "c", 0));
    assertThat(numbers(new GiveBack(1, FREE), oneStarts, 2)).containsExactly(3, 2);
  }

  @Test
  void withoutKnowledgeOfTheNodesNeighboursGoTogetherAndElseTheNewest() {
    GiveBack unknown = new GiveBack(2, ImmutableMap.of());
    assertThat(numbers(unknown, FOUR, 1)).containsExactly(4);
    assertThat(numbers(unknown, FOUR, 2)).containsExactly(3, 2);
    assertThat(numbers(new GiveBack(0, FREE), FOUR, 1)).containsExactly(1);
  }

  @Test
  void gpusAreNotNegative() {
    assertThatThrownBy(() -> new GiveBack(-1, FREE))
        .hasMessage("gpus (-1) of a replica must be at least 0");
  }

  @Seeded
  void asManyAsAskedGoEachOnceAndTheOrderOfTheListDoesNotCount(SplittableRandom random) {
    List<Instance> instances = any(random);
    GiveBack choice = new GiveBack(random.nextInt(3), free(random));
    int count = random.nextInt(instances.size() + 2);
    List<Instance> chosen = choice.choose(instances, count);
    assertThat(chosen).hasSize(Math.min(count, instances.size())).doesNotHaveDuplicates();
    assertThat(instances).containsAll(chosen);
    List<Instance> shuffled = new ArrayList<>(instances);
    Collections.shuffle(shuffled, new Random(random.nextLong()));
    assertThat(choice.choose(shuffled, count)).isEqualTo(chosen);
  }

  @Seeded
  void noneThatStaysIsWorthLessAndNoNodeWouldHaveHadMoreRoom(SplittableRandom random) {
    List<Instance> instances = any(random);
    Map<String, Integer> free = free(random);
    int count = random.nextInt(instances.size() + 1);
    List<Instance> chosen = new GiveBack(1, free).choose(instances, count);
    List<Instance> kept = new ArrayList<>(instances);
    kept.removeAll(chosen);
    for (Instance gone : chosen) {
      assertThat(kept).allMatch(stays -> stays.worth() >= gone.worth());
    }
    if (instances.stream().allMatch(one -> one.worth() == 0)) {
      assertThat(widest(free, chosen)).isEqualTo(widestPossible(free, instances, count));
    }
  }

  /** The most free GPUs of a node that gives something back. */
  private static int widest(Map<String, Integer> free, List<Instance> chosen) {
    Map<String, Integer> after = new HashMap<>();
    chosen.forEach(one -> after.merge(one.node(), 1, Integer::sum));
    return after.entrySet().stream()
        .mapToInt(node -> free.getOrDefault(node.getKey(), 0) + node.getValue())
        .max()
        .orElse(0);
  }

  private static int widestPossible(
      Map<String, Integer> free, List<Instance> instances, int count) {
    Map<String, Integer> there = new HashMap<>();
    instances.forEach(one -> there.merge(one.node(), 1, Integer::sum));
    return there.entrySet().stream()
        .mapToInt(
            node ->
                count == 0
                    ? 0
                    : free.getOrDefault(node.getKey(), 0) + Math.min(count, node.getValue()))
        .max()
        .orElse(0);
  }

  private static List<Instance> any(SplittableRandom random) {
    int worths = 1 + random.nextInt(2);
    return IntStream.range(0, random.nextInt(7))
        .mapToObj(number -> new Instance(number, "n" + random.nextInt(3), random.nextInt(worths)))
        .toList();
  }

  private static Map<String, Integer> free(SplittableRandom random) {
    Map<String, Integer> free = new HashMap<>();
    IntStream.range(0, 3)
        .filter(node -> random.nextInt(4) > 0)
        .forEach(node -> free.put("n" + node, random.nextInt(8)));
    return free;
  }

  private static List<Integer> numbers(GiveBack choice, List<Instance> instances, int count) {
    return choice.choose(instances, count).stream().map(Instance::number).toList();
  }
}
