package org.yarngpu.predict;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.yarngpu.model.KeyLevel;
import org.yarngpu.model.RuntimeForecast;
import org.yarngpu.testing.Seeded;

class PredictorLawsTest {
  private static final double[] ATTAINED = {0, 1, 500, 1e7};

  @Seeded
  void forecastsAreNumbersAboveZeroAndQuantilesNeverFall(SplittableRandom random) {
    SimilarJobsRuntime predictor =
        new SimilarJobsRuntime(
            random.nextInt(1, 60), random.nextBoolean() ? Gate.ON : Gate.OFF, PredictorState.EMPTY);
    int ends = random.nextInt(150);
    for (int end = 0; end < ends; end++) {
      predictor.learn(Identities.anyEnd(Identities.any(random), predictor, random));
    }
    RuntimeForecast forecast = predictor.forecast(JobGroups.of(Identities.any(random)));
    double lower = 0;
    for (double share = 0.01; share < 1; share += 0.01) {
      double quantile = forecast.quantileSeconds(share);
      assertThat(quantile).isFinite().isGreaterThanOrEqualTo(lower);
      lower = quantile;
    }
    for (double attained : ATTAINED) {
      assertThat(forecast.remainingSeconds(attained)).isFinite().isPositive();
      assertThat(forecast.expectedRemainingSeconds(attained)).isFinite().isPositive();
    }
  }

  @Seeded
  void aRestoredPredictorForecastsAsIfNothingHadHappened(SplittableRandom random) {
    int groups = random.nextInt(1, 80);
    SimilarJobsRuntime predictor = new SimilarJobsRuntime(groups, Gate.ON, PredictorState.EMPTY);
    int before = random.nextInt(random.nextInt(10) == 0 ? 400 : 60);
    for (int end = 0; end < before; end++) {
      predictor.learn(Identities.anyEnd(Identities.any(random), predictor, random));
    }
    PredictorState state = predictor.snapshot();
    SimilarJobsRuntime restored = new SimilarJobsRuntime(groups, Gate.ON, state);
    assertThat(restored.snapshot()).isEqualTo(state);
    for (int end = 0; end < 30; end++) {
      Completion completion = Identities.anyEnd(Identities.any(random), predictor, random);
      predictor.learn(completion);
      restored.learn(completion);
      JobGroups asked = JobGroups.of(Identities.any(random));
      assertThat(restored.forecast(asked)).isEqualTo(predictor.forecast(asked));
    }
    assertThat(restored.snapshot()).isEqualTo(predictor.snapshot());
  }

  /** As long as forecasts come from the user's own runs, others and their order do not matter. */
  @Seeded
  void theOrderOfOtherUsersCompletionsChangesNoForecastFromAUsersOwnRuns(SplittableRandom random) {
    SimilarJobsRuntime one = new SimilarJobsRuntime();
    SimilarJobsRuntime other = new SimilarJobsRuntime();
    List<Completion> own = new ArrayList<>();
    List<Completion> others = new ArrayList<>();
    for (int end = 0; end < 20; end++) {
      own.add(Identities.anyEnd(Identities.any("ann", random), one, random));
      others.add(Identities.anyEnd(Identities.any("bob", random), one, random));
    }
    merged(own, others, random).forEach(one::learn);
    List<Completion> shuffled = new ArrayList<>(others);
    for (int at = shuffled.size() - 1; at > 0; at--) {
      shuffled.add(shuffled.remove(random.nextInt(at + 1)));
    }
    merged(own, shuffled, random).forEach(other::learn);
    for (int asked = 0; asked < 10; asked++) {
      JobGroups job = JobGroups.of(Identities.any("ann", random));
      RuntimeForecast forecast = one.forecast(job);
      if (forecast.key() != KeyLevel.ANYONES_NAME) {
        assertThat(other.forecast(job)).isEqualTo(forecast);
      }
    }
  }

  /** Each list in its order, at random beside each other. */
  private static List<Completion> merged(
      List<Completion> first, List<Completion> second, SplittableRandom random) {
    List<Completion> merged = new ArrayList<>();
    int taken = 0;
    for (Completion completion : first) {
      while (taken < second.size() && random.nextBoolean()) {
        merged.add(second.get(taken++));
      }
      merged.add(completion);
    }
    merged.addAll(second.subList(taken, second.size()));
    return merged;
  }

  @Seeded(runs = 20)
  void noMoreGroupsAreRememberedThanAllowed(SplittableRandom random) {
    int groups = random.nextInt(1, 200);
    SimilarJobsRuntime predictor = new SimilarJobsRuntime(groups, Gate.ON, PredictorState.EMPTY);
    for (int end = 0; end < 300; end++) {
      JobIdentity job = Identities.job("user" + end, "name" + (char) ('a' + end), 1 + end);
      predictor.learn(Identities.anyEnd(job, predictor, random));
    }
    assertThat(predictor.snapshot().groups()).hasSizeLessThanOrEqualTo(groups);
    predictor
        .snapshot()
        .groups()
        .forEach(group -> assertThat(group.ratios().length()).isLessThanOrEqualTo(32));
  }
}
