package org.yarngpu.nm;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSetMultimap;
import com.google.common.io.MoreFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * The processes of containers, as {@code /proc} shows them: those whose environment names the
 * container, which children inherit, and those of its session. Who sheds both is not seen.
 *
 * <p>A process that has ended and was not waited for yet counts no longer: it holds no memory.
 */
final class ContainerProcesses {
  private static final String CONTAINER_ID = "CONTAINER_ID=";
  private static final long SIGNAL_LIMIT_S = 10;

  /** So long may a process take to change its program; on a local disk it is microseconds. */
  private static final long EXEC_LIMIT_NANOS = TimeUnit.SECONDS.toNanos(2);

  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  private final Path proc = Path.of("/proc");

  /**
   * A process.
   *
   * @param state a letter: {@code T} is stopped, {@code Z} has ended
   * @param container whose id stands in its environment, or empty
   */
  private record Seen(long pid, long session, char state, String container) {}

  /** Pids by the container that their environment names. */
  ImmutableSetMultimap<String, Long> byContainer() {
    ImmutableSetMultimap.Builder<String, Long> pids = ImmutableSetMultimap.builder();
    for (Seen process : living()) {
      if (!process.container().isEmpty()) {
        pids.put(process.container(), process.pid());
      }
    }
    return pids.build();
  }

  /**
   * Pids of one container.
   *
   * @param session pid of the first process of its session, or 0 if that is not known
   */
  ImmutableSet<Long> of(String container, long session) {
    return living().stream()
        .filter(process -> belongs(process, container, session))
        .map(Seen::pid)
        .collect(ImmutableSet.toImmutableSet());
  }

  /** Pids of those of a container that are not stopped. */
  ImmutableSet<Long> moving(String container, long session) {
    return living().stream()
        .filter(process -> belongs(process, container, session) && process.state() != 'T')
        .map(Seen::pid)
        .collect(ImmutableSet.toImmutableSet());
  }

  private static boolean belongs(Seen process, String container, long session) {
    return process.container().equals(container) || (session != 0 && process.session() == session);
  }

  private List<Seen> living() {
    List<Seen> processes = new ArrayList<>();
    try (Stream<Path> entries = Files.list(proc)) {
      entries.forEach(entry -> see(entry).ifPresent(processes::add));
    } catch (IOException e) {
      throw new IllegalStateException("The processes of this node cannot be listed in " + proc, e);
    }
    return processes;
  }

  private static Optional<Seen> see(Path entry) {
    String name = String.valueOf(entry.getFileName());
    if (!Character.isDigit(name.charAt(0))) {
      return Optional.empty();
    }
    try {
      Stat stat = Stat.of(entry);
      return stat.hasEnded()
          ? Optional.empty()
          : Optional.of(
              new Seen(Long.parseLong(name), stat.session(), stat.state(), container(entry)));
    } catch (IOException e) {
      return Optional.empty(); // it ended just now
    }
  }

  private static String container(Path entry) {
    try {
      String environment = new String(environment(entry), StandardCharsets.UTF_8);
      for (String variable : Splitter.on('\0').split(environment)) {
        if (variable.startsWith(CONTAINER_ID)) {
          return variable.substring(CONTAINER_ID.length());
        }
      }
    } catch (IOException e) {
      // Another user's, or it ended just now.
    }
    return "";
  }

  /**
   * While a process changes its program, its environment is empty or breaks off, and the kernel
   * tells no place or another length of it. Taken as one of no container it would be missed, and
   * its GPUs given away.
   */
  private static byte[] environment(Path entry) throws IOException {
    long startNanos = System.nanoTime();
    while (true) {
      byte[] environment = Files.readAllBytes(entry.resolve("environ"));
      if (Stat.of(entry).isWhole(environment)
          || System.nanoTime() - startNanos >= EXEC_LIMIT_NANOS) {
        return environment;
      }
      LockSupport.parkNanos(LOOK_NANOS);
    }
  }

  /** A line of {@code /proc/PID/stat}, see proc(5). */
  private record Stat(
      char state, long session, long virtualBytes, long environmentStart, long environmentEnd) {

    static Stat of(Path entry) throws IOException {
      String line = MoreFiles.asCharSource(entry.resolve("stat"), StandardCharsets.UTF_8).read();
      // The command stands in brackets and may itself have blanks and brackets.
      List<String> fields =
          Splitter.on(' ').splitToList(line.substring(line.lastIndexOf(')') + 2).trim());
      return new Stat(
          fields.get(0).charAt(0),
          Long.parseLong(fields.get(3)),
          Long.parseUnsignedLong(fields.get(20)),
          Long.parseUnsignedLong(fields.get(47)),
          Long.parseUnsignedLong(fields.get(48)));
    }

    boolean hasEnded() {
      return state == 'Z' || state == 'X';
    }

    /** Whether this is all of the environment; a thread of the kernel has no memory, and none. */
    boolean isWhole(byte[] environment) {
      return hasEnded()
          || virtualBytes == 0
          || (environmentEnd != 0 && environment.length == environmentEnd - environmentStart);
    }
  }

  /**
   * Sends a signal; processes that are gone are none the worse.
   *
   * @param signal its name, such as {@code TERM}
   */
  void signal(String signal, Iterable<Long> pids) throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(List.of("bash", "-c", "kill -" + signal + " \"$@\"", "-"));
    pids.forEach(pid -> command.add(Long.toString(pid)));
    if (command.size() == 4) {
      return;
    }
    Process kill =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    if (!kill.waitFor(SIGNAL_LIMIT_S, TimeUnit.SECONDS)) {
      kill.destroyForcibly();
      throw new IOException("kill -" + signal + " did not end within " + SIGNAL_LIMIT_S + " s");
    }
  }
}
