package org.yarngpu.scale.source;

import static com.google.common.collect.ImmutableMap.toImmutableMap;
import static java.util.stream.Collectors.joining;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.yarngpu.scale.Autoscaler;
import org.yarngpu.scale.Autoscaler.Wish;
import org.yarngpu.scale.GiveBack;
import org.yarngpu.scale.Instance;
import org.yarngpu.scale.source.ServiceStatus.Component;
import org.yarngpu.scale.source.ServiceStatus.Container;

/**
 * Follows a component of a service of YARN's own, and has it changed as its load needs.
 *
 * <p>Grows by the absolute count. Shrinks by decommission of the instances that {@link GiveBack}
 * chooses, as a smaller count would end the newest. Only what waits for a container is withdrawn by
 * the count: it has nothing to give back, and no name yet.
 *
 * <p>Each step begins with the count that the service has, so that others may change it too. While
 * the service does not answer, or is changed by its owner, it is left as it is.
 */
public final class ServiceScaling {

  private static final ImmutableSet<String> RUNNING = ImmutableSet.of("STARTED", "STABLE");
  private static final ImmutableSet<String> ENDED =
      ImmutableSet.of("STOPPED", "FAILED", "SUCCEEDED");

  private final String service;
  private final String component;
  private final ServiceControl control;
  private final LoadSource source;
  private final Optional<MetricsPlace> metrics;
  private final Autoscaler.Service settings;
  private final double startDelaySeconds;
  private @Nullable Autoscaler autoscaler;
  private String trouble = "";

  /** Where each instance has its metrics. */
  public record MetricsPlace(int port, String path) {
    private URI at(String address) {
      return URI.create("http://%s:%s%s".formatted(address, port, path));
    }
  }

  /** What a step came to. */
  public enum Outcome {
    /** Nothing is to be done, or what was said before still holds. */
    QUIET,
    /** Something was changed, or goes on. */
    NEWS,
    /** Something is in the way, so nothing was changed. */
    HELD,
    /** There is nothing to follow, or it cannot be done as asked. */
    END
  }

  /**
   * A step.
   *
   * @param words what was decided and why, in one line
   */
  public record Step(Outcome outcome, String words) {}

  /**
   * Follows from the first step on.
   *
   * @param metrics empty where the source does not ask the instances
   */
  public ServiceScaling(
      String service,
      String component,
      ServiceControl control,
      LoadSource source,
      Optional<MetricsPlace> metrics,
      Autoscaler.Service settings,
      double startDelaySeconds) {
    this.service = service;
    this.component = component;
    this.control = control;
    this.source = source;
    this.metrics = metrics;
    this.settings = settings;
    this.startDelaySeconds = startDelaySeconds;
  }

  /** Looks, reads the load, decides and acts. */
  public Step step(long nowMs) throws InterruptedException {
    Step step = tryStep(nowMs);
    String before = trouble;
    trouble = step.outcome == Outcome.HELD ? step.words : "";
    if (step.outcome == Outcome.HELD && trouble.equals(before)) {
      return new Step(Outcome.QUIET, trouble);
    }
    if (step.outcome == Outcome.QUIET && !before.isEmpty()) {
      return new Step(Outcome.NEWS, "goes on: " + step.words);
    }
    return step;
  }

  private Step tryStep(long nowMs) throws InterruptedException {
    try {
      ServiceStatus status = ServiceStatus.parse(control.status(), component);
      if (ENDED.contains(status.state())) {
        return new Step(
            Outcome.END,
            "service %s is %s. Maybe start it: yarn app -start %s"
                .formatted(service, status.state(), service));
      }
      if (!RUNNING.contains(status.state()) || status.components().isEmpty()) {
        return new Step(
            Outcome.HELD,
            "service %s is %s, and is left as it is until it is STARTED or STABLE"
                .formatted(service, status.state()));
      }
      if (status.component().isEmpty()) {
        return new Step(
            Outcome.END,
            "service %s has no component %s. Maybe --component %s was meant."
                .formatted(service, component, String.join(" or ", status.components())));
      }
      return follow(nowMs, status.component().get());
    } catch (FileNotFoundException unknown) {
      return new Step(Outcome.END, String.valueOf(unknown.getMessage()));
    } catch (IOException failure) {
      return new Step(
          Outcome.HELD,
          "service %s is left as it is for now: %s".formatted(service, failure.getMessage()));
    }
  }

  private Step follow(long nowMs, Component now) throws IOException, InterruptedException {
    if (autoscaler == null) {
      if (now.count() > settings.bounds().max()) {
        return new Step(
            Outcome.END,
            "component %s of service %s has %s instances, more than --max %s. Maybe raise --max."
                .formatted(component, service, now.count(), settings.bounds().max()));
      }
      autoscaler = new Autoscaler(settings, nowMs, now.count());
    }
    source.read(nowMs, places(now)).ifPresent(autoscaler::read);
    Wish wish = autoscaler.decide(nowMs, now.count(), startDelaySeconds);
    if (wish.replicas() > now.count()) {
      control.flex(component, wish.replicas());
      return new Step(Outcome.NEWS, wish.why());
    }
    return wish.replicas() < now.count() ? shrink(now, wish) : new Step(Outcome.QUIET, wish.why());
  }

  private Step shrink(Component now, Wish wish) throws IOException {
    int holding = now.containers().size();
    if (now.waiting() > 0 && !now.theNewestWait()) {
      return new Step(
          Outcome.HELD,
          "%s instances of service %s have no container and cannot be told from those that have: none is given back until they have"
              .formatted(now.waiting(), service));
    }
    if (now.waiting() > 0) {
      int count = Math.max(wish.replicas(), holding);
      control.flex(component, count);
      return new Step(
          Outcome.NEWS,
          "%s; %s that have no container are asked for no more"
              .formatted(wish.why(), now.count() - count));
    }
    ImmutableList<Instance> leaving =
        new GiveBack(now.gpus(), control.freeGpus())
            .choose(now.instances(), holding - wish.replicas());
    control.decommission(leaving.stream().map(this::name).collect(ImmutableList.toImmutableList()));
    return new Step(
        Outcome.NEWS,
        leaving.stream()
            .map(one -> name(one) + " on " + one.node())
            .collect(joining(", ", wish.why() + "; decommissions ", "")));
  }

  private String name(Instance instance) {
    return component + "-" + instance.number();
  }

  private ImmutableMap<String, URI> places(Component now) {
    return metrics
        .map(
            place ->
                now.containers().stream()
                    .filter(Container::isReady)
                    .collect(
                        toImmutableMap(
                            one -> name(one.instance()), one -> place.at(one.address()))))
        .orElse(ImmutableMap.of());
  }
}
