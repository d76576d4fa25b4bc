package org.yarngpu.sim.scale;

import com.google.common.primitives.ImmutableDoubleArray;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.yarngpu.scale.ErlangC;
import org.yarngpu.scale.Hpa;
import org.yarngpu.scale.ScalePolicy;
import org.yarngpu.scale.Scaler;
import org.yarngpu.scale.SeasonalForecast;
import org.yarngpu.scale.Static;
import org.yarngpu.scale.Wpai;
import org.yarngpu.sim.ServiceConditions;

/**
 * A policy in an evaluation.
 *
 * @param forecast taught as time passes
 */
record Contender(ScalePolicy policy, SeasonalForecast forecast) {
  private static final Pattern HPA = Pattern.compile("hpa-([1-9]\\d?|100)");
  private static final double WPAI_EXPECTED = 0.5;

  /**
   * The policy of a name.
   *
   * @param learned mean load of each minute before those that are judged
   * @return empty if there is none
   */
  static Optional<Contender> named(
      String name, ServiceConditions service, ImmutableDoubleArray learned) {
    SeasonalForecast forecast = new SeasonalForecast();
    return policy(name, service, learned, forecast).map(policy -> new Contender(policy, forecast));
  }

  private static Optional<ScalePolicy> policy(
      String name,
      ServiceConditions service,
      ImmutableDoubleArray learned,
      SeasonalForecast forecast) {
    ErlangC sizing = new ErlangC(service.objectiveMs() / 1000);
    double delay = service.startDelayMs() / 1000.0;
    double period = ServiceConditions.PERIOD_MS / 1000.0;
    Matcher hpa = HPA.matcher(name);
    if (hpa.matches()) {
      double target = Integer.parseInt(hpa.group(1)) / 100.0;
      return Optional.of(new Hpa(target, service.bounds()));
    }
    return switch (name) {
      case "ours" -> Optional.of(new Scaler(forecast, delay, period, sizing, service.bounds()));
      case "wpai" -> Optional.of(new Wpai(WPAI_EXPECTED, delay + period, service.bounds()));
      case "static" ->
          Optional.of(Static.of(learned, service.serviceRate(), sizing, service.bounds()));
      default -> Optional.empty();
    };
  }
}
