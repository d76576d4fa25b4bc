package org.yarngpu.archfixture.planner;

import java.io.File;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.logging.Logger;
import org.yarngpu.archfixture.model.BadModel;
import org.yarngpu.archfixture.rm.BadRm;

/** Does all that a pure function does not. */
public class BadPlanner {
  private final ReentrantLock lock = new ReentrantLock();

  public long clock() {
    return System.currentTimeMillis() + Instant.now().toEpochMilli();
  }

  public double chance() {
    return new Random().nextDouble() + Math.random();
  }

  public synchronized Set<String> anyOrder(Map<String, String> map) {
    return Set.of("a", Map.copyOf(map).toString());
  }

  public boolean files(File file, Path path, Logger log, BadModel model, BadRm rm) {
    log.info(path.toString());
    Thread thread = Thread.currentThread();
    return file.exists() && List.of(lock, model, rm).contains(thread);
  }
}
