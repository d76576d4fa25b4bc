package org.yarngpu.testing;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.hadoop.yarn.exceptions.YarnException;

/**
 * Application masters that change their asks as fast as calls go through, with gangs that fit and
 * gangs that never do. What it finds are locks that wait for each other and parts of gangs.
 */
public final class Hammer {
  private static final Duration STALL_LIMIT = Duration.ofSeconds(15);
  private static final int HANDLERS = 4;

  private final LocalYarn yarn;
  private final int gpus;
  private final AtomicBoolean over = new AtomicBoolean();
  private final AtomicLong beats = new AtomicLong();
  private final AtomicLong started = new AtomicLong();
  private final Queue<String> faults = new ConcurrentLinkedQueue<>();

  /**
   * @param gpus of the whole cluster
   */
  public Hammer(LocalYarn yarn, int gpus) {
    this.yarn = yarn;
    this.gpus = gpus;
  }

  /** What was seen. */
  public record Report(long beats, long gangsStarted, List<String> faults) {}

  /** Hammers for a time; a standstill ends it early, as a fault with all stacks. */
  public Report run(Duration time, long seed) {
    List<Thread> handlers =
        IntStream.range(0, HANDLERS)
            .mapToObj(
                i -> {
                  SplittableRandom random = new SplittableRandom(seed + i);
                  Thread thread = new Thread(() -> hammer(random), "hammer " + i);
                  thread.setDaemon(true);
                  thread.start();
                  return thread;
                })
            .toList();
    watch(time);
    over.set(true);
    for (Thread handler : handlers) {
      try {
        handler.join(STALL_LIMIT.toMillis());
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
      if (handler.isAlive()) {
        faults.add(handler.getName() + " hangs\n" + stacks());
      }
    }
    return new Report(beats.get(), started.get(), List.copyOf(faults));
  }

  private void watch(Duration time) {
    long endNanos = System.nanoTime() + time.toNanos();
    Progress anyBeat = new Progress(beats);
    Progress anyStart = new Progress(started);
    while (System.nanoTime() < endNanos && faults.isEmpty()) {
      Eventually.pause(200);
      if (anyBeat.stalls() || anyStart.stalls()) {
        faults.add(
            "no progress for %d s at %d beats and %d started gangs%n%s"
                .formatted(STALL_LIMIT.toSeconds(), beats.get(), started.get(), stacks()));
      }
    }
  }

  /** A number that must keep growing. */
  private static final class Progress {
    private final AtomicLong number;
    private long last;
    private long sinceNanos = System.nanoTime();

    Progress(AtomicLong number) {
      this.number = number;
    }

    boolean stalls() {
      if (number.get() != last) {
        last = number.get();
        sinceNanos = System.nanoTime();
      }
      return System.nanoTime() - sinceNanos > STALL_LIMIT.toNanos();
    }
  }

  private void hammer(SplittableRandom random) {
    try {
      while (!over.get()) {
        oneGang(random);
      }
    } catch (RuntimeException | Error e) {
      faults.add("an application master failed: " + e);
    }
  }

  private void oneGang(SplittableRandom random) {
    boolean fits = random.nextInt(4) > 0;
    int members = fits ? random.nextInt(2, gpus * 3 / 4) : random.nextInt(gpus + 1, gpus * 2);
    String queue = random.nextBoolean() ? "root.a" : "root.b";
    TestAm gang = TestAm.on(yarn).queue(queue).gang(members).register().ask(members);
    int beatsMax = random.nextInt(50, 400);
    for (int i = 0; i < beatsMax && !over.get(); i++) {
      gang.beat();
      beats.incrementAndGet();
      if (!gang.held().isEmpty()) {
        started.incrementAndGet();
        if (gang.held().size() < members) {
          faults.add(
              "%s of %d members received %s".formatted(gang.id(), members, gang.deliveries()));
        }
        break;
      }
      gang.ask(random.nextInt(3) == 0 ? random.nextInt(members) : members + random.nextInt(3));
    }
    end(gang, random);
  }

  private void end(TestAm gang, SplittableRandom random) {
    switch (random.nextInt(3)) {
      case 0 -> gang.finish();
      case 1 -> {
        gang.releaseAll().ask(0).beat();
        gang.finish();
      }
      default -> {
        try {
          yarn.yarnClient().killApplication(gang.id());
        } catch (YarnException | IOException e) {
          throw new AssertionError(e);
        }
      }
    }
  }

  private static String stacks() {
    return Thread.getAllStackTraces().entrySet().stream()
        .map(
            entry ->
                "%s %s%n%s"
                    .formatted(
                        entry.getKey().getName(),
                        entry.getKey().getState(),
                        IntStream.range(0, Math.min(25, entry.getValue().length))
                            .mapToObj(i -> "    " + entry.getValue()[i] + "\n")
                            .collect(Collectors.joining())))
        .collect(Collectors.joining("\n"));
  }

  /** How long a test may hammer; {@code -Dhammer.seconds} for longer. */
  public static Duration time() {
    return Duration.ofSeconds(Math.max(1, Long.getLong("hammer.seconds", 40)));
  }

  /** Beats per second, for the report. */
  public static String rate(Report report, Duration time) {
    return "%d beats, %d a second, %d gangs started"
        .formatted(
            report.beats(),
            report.beats() / Math.max(1, TimeUnit.MILLISECONDS.toSeconds(time.toMillis())),
            report.gangsStarted());
  }
}
