package org.yarngpu.nm;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedSet;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.yarngpu.testing.Seeded;

class DeviceBookTest {
  private static final int DEVICES = 3;

  private final DeviceBook book = new DeviceBook();

  private static DeviceClaim alone(String container, Integer... devices) {
    return shared(container, 100, devices);
  }

  private static DeviceClaim shared(String container, int percent, Integer... devices) {
    return new DeviceClaim(container, ImmutableSortedSet.copyOf(devices), percent);
  }

  @Test
  void aDeviceHasOneHolderWhoIsAlone() {
    assertThat(book.claim(alone("a", 0, 1))).isEmpty();
    assertThat(book.claim(alone("b", 1, 2)))
        .hasValue(
            "GPU 1 of this node is held by a alone; b wants it alone and was not started. "
                + "Maybe one of them was not placed by GpuScheduler.");
    assertThat(book.claim(alone("c", 2))).as("b took nothing").isEmpty();
  }

  @Test
  void whoDeclaresItSharesUpToTheWhole() {
    assertThat(book.claim(shared("a", 60, 0))).isEmpty();
    assertThat(book.claim(alone("b", 0))).isPresent();
    assertThat(book.claim(shared("c", 41, 0)))
        .hasValueSatisfying(
            text -> assertThat(text).contains("held by a to 60 %; c wants it to 41 %"));
    assertThat(book.claim(shared("d", 40, 0))).isEmpty();
    assertThat(book.claim(shared("e", 1, 0))).isPresent();
  }

  @Test
  void whoStartsAnewKeepsItsOwn() {
    assertThat(book.claim(alone("a", 0))).isEmpty();
    assertThat(book.claim(alone("a", 0))).isEmpty();
  }

  @Test
  void whoIsGoneFromTheNodeHoldsNothing() {
    assertThat(book.claim(alone("a", 0))).isEmpty();
    assertThat(book.rebuild(ImmutableList.of())).isEmpty();
    assertThat(book.claim(alone("b", 0))).isEmpty();
  }

  @Test
  void twoThatStartedPastTheBookAreSeen() {
    assertThat(book.rebuild(ImmutableList.of(alone("a", 0, 2), shared("b", 50, 2), alone("c", 1))))
        .containsExactly(2);
  }

  /** A container of the node that the test plays. */
  private static final class Played {
    private final DeviceClaim claim;
    private boolean started;

    private Played(DeviceClaim claim) {
      this.claim = claim;
    }
  }

  @Seeded(runs = 500)
  void afterAnyOrderOfEventsNoDeviceIsHeldTwice(SplittableRandom random) {
    DeviceBook today = new DeviceBook();
    List<Played> node = new ArrayList<>();
    for (int step = 0; step < 60; step++) {
      switch (random.nextInt(6)) {
        case 0, 1, 2 -> { // a container arrives, its environment is written
          Played arrived = new Played(anyClaim(random, "c" + step));
          assertThat(today.rebuild(claims(node))).isEmpty();
          if (today.claim(arrived.claim).isEmpty()) {
            node.add(arrived);
          }
        }
        case 3 -> { // the first process of one starts
          if (!node.isEmpty()) {
            node.get(random.nextInt(node.size())).started = true;
          }
        }
        case 4 -> { // the last process of one ends
          if (!node.isEmpty()) {
            node.remove(random.nextInt(node.size()));
          }
        }
        default -> { // the NodeManager starts anew; what has processes is found again
          node.removeIf(container -> !container.started);
          today = new DeviceBook();
        }
      }
      for (int device = 0; device < DEVICES; device++) {
        assertNotTooMany(node, device);
      }
    }
  }

  private static void assertNotTooMany(List<Played> node, int device) {
    List<DeviceClaim> holders =
        claims(node).stream().filter(claim -> claim.devices().contains(device)).toList();
    assertThat(holders.stream().mapToInt(DeviceClaim::sharePercent).sum()).isLessThanOrEqualTo(100);
    if (holders.stream().anyMatch(holder -> holder.sharePercent() == 100)) {
      assertThat(holders).hasSize(1);
    }
  }

  private static ImmutableList<DeviceClaim> claims(List<Played> node) {
    return node.stream().map(container -> container.claim).collect(ImmutableList.toImmutableList());
  }

  private static DeviceClaim anyClaim(SplittableRandom random, String container) {
    Integer[] devices =
        IntStream.range(0, DEVICES)
            .filter(i -> random.nextBoolean())
            .boxed()
            .toArray(Integer[]::new);
    return random.nextInt(3) == 0
        ? shared(container, random.nextInt(1, 101), devices)
        : alone(container, devices);
  }
}
