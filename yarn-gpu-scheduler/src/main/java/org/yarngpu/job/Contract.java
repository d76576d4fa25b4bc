package org.yarngpu.job;

import com.google.common.base.Ascii;
import com.google.common.base.CharMatcher;
import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedSet;
import com.google.common.primitives.Ints;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;

/**
 * The job contract: how any framework tells the scheduler about a job, and how it is read.
 *
 * <p>For each {@link DeclarationName} the first channel that has it wins: scheduling properties
 * laid over the environment of the application master, then application tags, then the defaults of
 * the queue. Environments and tags arrive from outside: every value is checked, and a wrong one is
 * an error rather than an absent one, because a job that asked for a gang and got none would hold
 * GPUs and wait.
 */
public final class Contract {

  private static final String TAG_PREFIX = "gpu.";

  private static final ImmutableList<DeclarationName> SHOWN =
      ImmutableList.of(
          DeclarationName.GANG,
          DeclarationName.GANG_GPUS,
          DeclarationName.RUNTIME,
          DeclarationName.CHECKPOINT);

  private static final ImmutableSortedSet<String> TAG_NAMES =
      Arrays.stream(DeclarationName.values())
          .map(DeclarationName::tag)
          .collect(ImmutableSortedSet.toImmutableSortedSet(String::compareTo));

  private static final CharMatcher PRINTABLE_ASCII = CharMatcher.inRange(' ', '~');

  private static final CharMatcher TYPE_CHARACTERS =
      CharMatcher.inRange('a', 'z')
          .or(CharMatcher.inRange('0', '9'))
          .or(CharMatcher.anyOf(" ._-/"));

  private static final Splitter TYPE_SPLITTER = Splitter.on(CharMatcher.anyOf("+,")).trimResults();

  private Contract() {}

  /**
   * Returns what a job declares.
   *
   * @param environment scheduling properties laid over the environment of the application master;
   *     only exact names are looked up, since it holds the whole environment
   * @param tags application tags {@code name=value}; tags without the prefix {@code gpu.} are not
   *     ours and ignored
   * @param queueDefaults values by tag name, such as {@code gpu.gang}
   * @throws DeclarationException if a value or the name of a tag is wrong
   */
  public static Declaration read(
      Map<String, String> environment, Collection<String> tags, Map<String, String> queueDefaults)
      throws DeclarationException {
    Map<DeclarationName, Given> givens = new EnumMap<>(DeclarationName.class);
    addMissing(givens, ofEnvironment(environment));
    addMissing(givens, ofTags(tags));
    addMissing(givens, ofQueue(queueDefaults));
    return declaration(givens);
  }

  /**
   * Checks the defaults of a queue.
   *
   * @param queueDefaults values by tag name
   * @throws DeclarationException if a value or name is wrong
   */
  public static void check(Map<String, String> queueDefaults) throws DeclarationException {
    declaration(ofQueue(queueDefaults));
  }

  /** Returns the scheduling properties that {@link #read} reads back as this declaration. */
  public static ImmutableMap<String, String> properties(Declaration declaration) {
    ImmutableMap.Builder<String, String> properties = ImmutableMap.builder();
    put(properties, DeclarationName.GANG, declaration.gang());
    put(properties, DeclarationName.GANG_MAX, declaration.gangMax());
    put(properties, DeclarationName.GANG_GPUS, declaration.memberGpus());
    put(properties, DeclarationName.GANG_TIMEOUT, declaration.gangTimeout());
    put(properties, DeclarationName.DEADLINE, declaration.deadline());
    put(properties, DeclarationName.CHECKPOINT, declaration.checkpoint());
    put(properties, DeclarationName.RUNTIME, declaration.runtime());
    declaration.job().ifPresent(job -> properties.put(DeclarationName.JOB.env(), job));
    declaration
        .kind()
        .ifPresent(
            kind -> properties.put(DeclarationName.KIND.env(), Ascii.toLowerCase(kind.name())));
    if (!declaration.types().isEmpty()) {
      properties.put(DeclarationName.TYPE.env(), String.join("+", declaration.types()));
    }
    if (declaration.share()) {
      properties.put(DeclarationName.SHARE.env(), "true");
    }
    if (declaration.opportunistic()) {
      properties.put(DeclarationName.OPPORTUNISTIC.env(), "true");
    }
    return properties.build();
  }

  /**
   * Returns the application tags for what shapes a job. Properties say the same and go before; but
   * tags are what the ResourceManager's pages and its history show.
   */
  public static ImmutableSet<String> tags(Declaration declaration) {
    ImmutableMap<String, String> properties = properties(declaration);
    ImmutableSet.Builder<String> tags = ImmutableSet.builder();
    for (DeclarationName name : SHOWN) {
      String value = properties.get(name.env());
      if (value != null) {
        tags.add(name.tag() + "=" + value);
      }
    }
    return tags.build();
  }

  private static void put(
      ImmutableMap.Builder<String, String> properties, DeclarationName name, OptionalInt value) {
    value.ifPresent(number -> properties.put(name.env(), Integer.toString(number)));
  }

  private static void put(
      ImmutableMap.Builder<String, String> properties,
      DeclarationName name,
      Optional<Duration> value) {
    value.ifPresent(duration -> properties.put(name.env(), DurationText.print(duration)));
  }

  private static void addMissing(
      Map<DeclarationName, Given> givens, Map<DeclarationName, Given> others) {
    others.forEach(givens::putIfAbsent);
  }

  private static Map<DeclarationName, Given> ofEnvironment(Map<String, String> environment) {
    Map<DeclarationName, Given> givens = new EnumMap<>(DeclarationName.class);
    for (DeclarationName name : DeclarationName.values()) {
      String value = environment.get(name.env());
      if (value != null) {
        givens.put(name, new Given(name, value.trim(), Channel.ENVIRONMENT));
      }
    }
    return givens;
  }

  private static Map<DeclarationName, Given> ofTags(Collection<String> tags)
      throws DeclarationException {
    Map<DeclarationName, Given> givens = new EnumMap<>(DeclarationName.class);
    // Sorted, so that of several errors always the same one is reported.
    for (String tag : ImmutableSortedSet.copyOf(tags)) {
      if (!tag.startsWith(TAG_PREFIX)) {
        continue;
      }
      int equals = tag.indexOf('=');
      String name = equals < 0 ? tag : tag.substring(0, equals).trim();
      String value = equals < 0 ? "" : tag.substring(equals + 1).trim();
      Given given = new Given(known(name, Channel.TAG), value, Channel.TAG);
      Given earlier = givens.putIfAbsent(given.name(), given);
      if (earlier != null && !earlier.equals(given)) {
        throw new DeclarationException(
            "%s is given twice as %s, \"%s\" and \"%s\", but must have one value."
                .formatted(name, Channel.TAG, earlier.value(), value));
      }
    }
    return givens;
  }

  private static Map<DeclarationName, Given> ofQueue(Map<String, String> queueDefaults)
      throws DeclarationException {
    Map<DeclarationName, Given> givens = new EnumMap<>(DeclarationName.class);
    for (String name : ImmutableSortedSet.copyOf(queueDefaults.keySet())) {
      DeclarationName known = known(name, Channel.QUEUE);
      String value = queueDefaults.getOrDefault(name, "").trim();
      givens.put(known, new Given(known, value, Channel.QUEUE));
    }
    return givens;
  }

  private static DeclarationName known(String name, Channel channel) throws DeclarationException {
    Optional<DeclarationName> known = DeclarationName.ofTag(name);
    if (known.isEmpty()) {
      throw new DeclarationException(
          "%s (%s) is unknown.%s".formatted(name, channel, NearestName.hint(name, TAG_NAMES)));
    }
    return known.get();
  }

  private static Declaration declaration(Map<DeclarationName, Given> givens)
      throws DeclarationException {
    checkMaximum(givens);
    Values values = new Values(givens);
    return new Declaration(
        optionalInt(values.get(DeclarationName.GANG, Contract::members)),
        optionalInt(values.get(DeclarationName.GANG_MAX, Contract::members)),
        optionalInt(values.get(DeclarationName.GANG_GPUS, Contract::memberGpus)),
        values.get(DeclarationName.GANG_TIMEOUT, DurationText::parse),
        values.get(DeclarationName.CHECKPOINT, DurationText::parse),
        values.get(DeclarationName.RUNTIME, DurationText::parse),
        values.get(DeclarationName.JOB, Contract::jobName),
        values.get(DeclarationName.KIND, Contract::jobKind),
        values.get(DeclarationName.TYPE, Contract::models).orElse(ImmutableList.of()),
        values.get(DeclarationName.SHARE, Contract::truth).orElse(false),
        values.get(DeclarationName.DEADLINE, DurationText::parse),
        values.get(DeclarationName.OPPORTUNISTIC, Contract::truth).orElse(false));
  }

  private static void checkMaximum(Map<DeclarationName, Given> givens) throws DeclarationException {
    Given max = givens.get(DeclarationName.GANG_MAX);
    Given gang = givens.get(DeclarationName.GANG);
    if (max == null) {
      return;
    }
    if (gang == null) {
      throw max.but("must not be given without " + DeclarationName.GANG.tag());
    }
    if (max.as(Contract::members) < gang.as(Contract::members)) {
      throw max.but("must be at least %s, which is %s".formatted(gang.name().tag(), gang.text()));
    }
  }

  private static Optional<Integer> members(String value) {
    return wholeNumber(value, Declaration.MEMBERS_MAX);
  }

  private static Optional<Integer> memberGpus(String value) {
    return wholeNumber(value, Declaration.MEMBER_GPUS_MAX);
  }

  private static Optional<Integer> wholeNumber(String value, int max) {
    return Optional.ofNullable(Ints.tryParse(value)).filter(number -> 1 <= number && number <= max);
  }

  private static Optional<String> jobName(String value) {
    return Optional.of(value)
        .filter(name -> !name.isEmpty() && name.length() <= Declaration.JOB_LENGTH_MAX)
        .filter(PRINTABLE_ASCII::matchesAllOf);
  }

  private static Optional<JobKind> jobKind(String value) {
    return Arrays.stream(JobKind.values())
        .filter(kind -> Ascii.equalsIgnoreCase(kind.name(), value))
        .findFirst();
  }

  /** The GPU models of {@code gpu.type}, in lower case, best first; empty if malformed. */
  public static Optional<ImmutableList<String>> models(String value) {
    ImmutableSet<String> models =
        ImmutableSet.copyOf(TYPE_SPLITTER.split(Ascii.toLowerCase(value)));
    return models.stream()
            .allMatch(model -> !model.isEmpty() && TYPE_CHARACTERS.matchesAllOf(model))
        ? Optional.of(models.asList())
        : Optional.empty();
  }

  private static Optional<Boolean> truth(String value) {
    return switch (Ascii.toLowerCase(value)) {
      case "true" -> Optional.of(true);
      case "false" -> Optional.of(false);
      default -> Optional.empty();
    };
  }

  private static OptionalInt optionalInt(Optional<Integer> value) {
    return value.map(OptionalInt::of).orElse(OptionalInt.empty());
  }

  private enum Channel {
    ENVIRONMENT("environment or scheduling property"),
    TAG("application tag"),
    QUEUE("default of queue");

    private final String words;

    Channel(String words) {
      this.words = words;
    }

    @Override
    public String toString() {
      return words;
    }
  }

  /** A value as given, and where. */
  private record Given(DeclarationName name, String value, Channel channel) {

    <T> T as(Function<String, Optional<T>> parser) throws DeclarationException {
      Optional<T> parsed = parser.apply(value);
      if (parsed.isEmpty()) {
        throw but("must be " + name.accepted());
      }
      return parsed.get();
    }

    DeclarationException but(String demand) {
      return new DeclarationException("%s is %s but %s.".formatted(name.tag(), text(), demand));
    }

    String text() {
      return "\"%s\" (%s)".formatted(value, channel);
    }
  }

  private record Values(Map<DeclarationName, Given> givens) {

    <T> Optional<T> get(DeclarationName name, Function<String, Optional<T>> parser)
        throws DeclarationException {
      Given given = givens.get(name);
      return given == null ? Optional.empty() : Optional.of(given.as(parser));
    }
  }
}
