package org.yarngpu.rm;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.apache.hadoop.yarn.server.resourcemanager.RMContext;
import org.apache.hadoop.yarn.server.resourcemanager.rmapp.RMApp;
import org.apache.hadoop.yarn.server.resourcemanager.rmapp.RMAppEvent;
import org.apache.hadoop.yarn.server.resourcemanager.rmapp.RMAppEventType;
import org.apache.hadoop.yarn.server.resourcemanager.rmapp.attempt.RMAppAttempt;
import org.apache.hadoop.yarn.server.resourcemanager.rmapp.attempt.RMAppAttemptState;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.yarngpu.job.DurationText;
import org.yarngpu.model.GangId;
import org.yarngpu.model.Promise;
import org.yarngpu.model.Rejection;
import org.yarngpu.model.RuntimeForecast;
import org.yarngpu.planner.StartEstimate;
import org.yarngpu.planner.Tier;
import org.yarngpu.policy.order.Standing;

/**
 * Tells users why a gang waits or has to end, where they look already: in the diagnostics that
 * {@code yarn application -status}, REST and the pages show.
 */
final class Explanations {
  private static final Logger LOG = LoggerFactory.getLogger(Explanations.class);
  private static final Logger AUDIT = LoggerFactory.getLogger("org.yarngpu.audit");

  private final RMContext context;

  Explanations(RMContext context) {
    this.context = context;
  }

  /** By what right a gang waits, where in its queue, and whether it comes before that. */
  record Place(Tier tier, Standing standing, boolean late) {
    String text() {
      return " Tier: %s. Order: %s.%s"
          .formatted(
              tier.text(),
              standing.text(),
              late
                  ? " Late: by the order of submission it would run by now, so it comes first."
                  : "");
    }
  }

  /** Notes why the gang waits; null once it does not. */
  void explain(GangState gang, @Nullable Rejection why, long nowMs) {
    explain(
        gang, why, Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), nowMs);
  }

  /** As the other, and says what is forecast, promised or else estimated, and where it stands. */
  void explain(
      GangState gang,
      @Nullable Rejection why,
      Optional<RuntimeForecast> forecast,
      Optional<Promise> promise,
      Optional<StartEstimate> estimate,
      Optional<Place> place,
      long nowMs) {
    Rejection before = gang.rejection();
    gang.explain(why, nowMs);
    if (why != null && (before == null || before.reason() != why.reason())) {
      LOG.info("{} waits: {}", gang.attempt, why);
    }
    show(
        gang,
        why == null
            ? ""
            : why
                + promise
                    .map(Explanations::text)
                    .or(() -> estimate.map(Explanations::text))
                    .orElse("")
                + forecast.map(Explanations::text).orElse("")
                + place.map(now -> gang.placeText(now, nowMs)).orElse(""));
  }

  private static String text(Promise promise) {
    return " Expected start: %s%s."
        .formatted(
            Instant.ofEpochMilli(promise.startMs()).truncatedTo(ChronoUnit.MINUTES),
            promise.slips() == 0 ? "" : ", put off %d times".formatted(promise.slips()));
  }

  private static String text(StartEstimate estimate) {
    Instant start = Instant.ofEpochMilli(estimate.startMs()).truncatedTo(ChronoUnit.MINUTES);
    return switch (estimate.bound()) {
      case ABOUT -> " Estimated start: about %s, if nobody comes before.".formatted(start);
      case NOT_BEFORE ->
          " Estimated start: not before %s, unless it fits in between.".formatted(start);
    };
  }

  private static String text(RuntimeForecast forecast) {
    return " Forecast: runs %s, in 9 of 10 cases at most %s; %s, %s%s."
        .formatted(
            DurationText.rounded(forecast.medianSeconds()),
            DurationText.rounded(forecast.quantileSeconds(0.9)),
            switch (forecast.predictability()) {
              case PREDICTABLE -> "predictable";
              case SEMI -> "half predictable";
              case NOT -> "unpredictable";
            },
            forecast.source(),
            forecast.doubted()
                ? "; ordered by the latter, since such ran for longer so often"
                : "");
  }

  void started(GangId id, GangRegistry gangs) {
    GangState gang = gangs.gang(id);
    if (gang != null) {
      gang.explain(null, 0);
      show(gang, "");
    }
  }

  /** Ends the application, with the reason and what it waited for before. */
  void end(GangState gang, Rejection why) {
    if (!gang.end()) {
      return;
    }
    String history = gang.history();
    String message = history.isEmpty() ? why.toString() : why + " History: " + history;
    AUDIT.info("ended application={} {}", gang.attempt.getApplicationId(), message);
    context
        .getDispatcher()
        .getEventHandler()
        .handle(new RMAppEvent(gang.attempt.getApplicationId(), RMAppEventType.KILL, message));
  }

  /** Shows a reason that came before its application master was ready, though no ask waits now. */
  void showLate(GangState gang) {
    Rejection why = gang.rejection();
    if (why != null && gang.shown().isEmpty()) {
      show(gang, why.toString());
    }
  }

  /** Shows a text once; anew in the next cycle if the application master was not ready for it. */
  private void show(GangState gang, String text) {
    if (text.equals(gang.shown())) {
      return;
    }
    RMApp app = context.getRMApps().get(gang.attempt.getApplicationId());
    RMAppAttempt attempt = app == null ? null : app.getRMAppAttempt(gang.attempt);
    // Before the application master has registered, YARN itself says what it waits for.
    if (attempt != null && attempt.getState() == RMAppAttemptState.RUNNING) {
      attempt.updateAMLaunchDiagnostics(text.isEmpty() ? null : text);
      gang.show(text);
    }
  }
}
