package org.yarngpu.predict;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Percentage.withPercentage;
import static org.yarngpu.predict.Identities.declared;
import static org.yarngpu.predict.Identities.estimated;
import static org.yarngpu.predict.Identities.job;
import static org.yarngpu.predict.Identities.queued;

import java.util.Optional;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.yarngpu.model.KeyLevel;
import org.yarngpu.model.Predictability;
import org.yarngpu.model.RemainingForecast;
import org.yarngpu.model.RuntimeForecast;
import org.yarngpu.predict.Ending.Tenure;

class SimilarJobsRuntimeTest {
  private static final Percentage CLOSE = withPercentage(0.1);

  private SimilarJobsRuntime predictor = new SimilarJobsRuntime();

  private RuntimeForecast forecast(JobIdentity job) {
    return predictor.forecast(JobGroups.of(job));
  }

  private void learn(JobIdentity job, double... runtimes) {
    for (double runtime : runtimes) {
      predictor.learn(Completion.succeeded(job, runtime, Optional.empty()));
    }
  }

  /** Submits the job, forecasts it, and lets it end. */
  private void forecastAndLearn(JobIdentity job, double runtime) {
    predictor.learn(
        Completion.succeeded(job, runtime, Optional.of(PastForecast.of(forecast(job)))));
  }

  @Test
  void beforeAnythingHasEndedAJobRunsFiveMinutesAndNobodyTrustsIt() {
    RuntimeForecast forecast = forecast(job("ann", "bert", 4));
    assertThat(forecast.level()).isEqualTo(KeyLevel.NOTHING);
    assertThat(forecast.medianSeconds()).isEqualTo(300);
    assertThat(forecast.spread()).isEqualTo(2);
    assertThat(forecast.runs()).isZero();
    assertThat(forecast.hitRate()).isCloseTo(0.3333, CLOSE);
    assertThat(forecast.predictability()).isEqualTo(Predictability.NOT);
    assertThat(forecast.trust()).isCloseTo(0.0394, CLOSE);
  }

  @Test
  void threeLikeRunsGiveMedianAndSpread() {
    learn(job("ann", "bert", 4), 600, 900, 750);
    RuntimeForecast forecast = forecast(job("ann", "bert", 4));
    assertThat(forecast.level()).isEqualTo(KeyLevel.RAW_NAME);
    assertThat(forecast.medianSeconds()).isCloseTo(739.86, CLOSE);
    assertThat(forecast.spread()).isCloseTo(0.3325, CLOSE);
    assertThat(forecast.runs()).isEqualTo(3);
    assertThat(forecast.stretch()).as("few runs").isEqualTo(1.4);
    assertThat(forecast.quantileSeconds(0.9))
        .isCloseTo(739.86 * Math.exp(1.4 * 1.2816 * 0.3325), CLOSE);
  }

  /** One job is asked for; what has run becomes more like it from line to line. */
  @Test
  void theMostAlikeRunsAreAskedFirst() {
    JobIdentity asked = declared(job("ann", "Bert-2", 4), "nightly");
    learn(queued(job("bob", "x", 1), "other"), 50);
    assertThat(level(asked)).isEqualTo(KeyLevel.EVERYTHING);
    learn(job("bob", "x", 1), 60);
    assertThat(level(asked)).isEqualTo(KeyLevel.QUEUE);
    learn(job("ann", "y", 1), 70);
    assertThat(level(asked)).isEqualTo(KeyLevel.USER);
    learn(job("ann", "y", 4), 80, 80);
    assertThat(level(asked)).isEqualTo(KeyLevel.USER);
    learn(job("ann", "z", 4), 80);
    assertThat(level(asked)).isEqualTo(KeyLevel.USER_AND_GPUS);
    assertThat(level(estimated(asked, 100))).isEqualTo(KeyLevel.ESTIMATE);
    learn(job("bob", "bert-7", 4), 90);
    assertThat(level(asked)).isEqualTo(KeyLevel.ONE_RUN);
    assertThat(forecast(asked).key()).isEqualTo(KeyLevel.ANYONES_NAME);
    assertThat(forecast(asked).medianSeconds()).isCloseTo(90, CLOSE);
    assertThat(forecast(asked).spread()).isEqualTo(0.9);
    learn(job("bob", "bert-8", 4), 90);
    assertThat(level(asked)).isEqualTo(KeyLevel.ANYONES_NAME);
    learn(job("ann", "bert-1", 2), 100, 100);
    assertThat(level(asked)).isEqualTo(KeyLevel.NAME);
    learn(job("ann", "bert-1", 4), 110, 110);
    assertThat(level(asked)).isEqualTo(KeyLevel.NAME_AND_GPUS);
    learn(job("ann", "BERT-2 ", 4), 120, 120);
    assertThat(level(asked)).isEqualTo(KeyLevel.RAW_NAME);
    learn(declared(job("ann", "other", 4), "nightly"), 130, 130);
    assertThat(level(asked)).isEqualTo(KeyLevel.DECLARED_JOB);
    assertThat(forecast(asked).medianSeconds()).isCloseTo(130, CLOSE);
  }

  private KeyLevel level(JobIdentity job) {
    return forecast(job).level();
  }

  @Test
  void coarseGroupsAreNeverSure() {
    learn(queued(job("ann", "", 4), ""), 100, 100, 100, 100);
    assertThat(forecast(job("ann", "", 4)).spread()).isEqualTo(1.0);
    assertThat(forecast(job("ann", "", 8)).spread()).isEqualTo(1.3);
    assertThat(forecast(job("bob", "", 4)).spread()).isEqualTo(2.0);
    learn(job("cat", "", 4), 100);
    assertThat(forecast(job("bob", "", 4)).spread()).isEqualTo(1.6);
  }

  @Test
  void namesThatSayNothingAreNoGroup() {
    learn(job("ann", "job_1699_0042", 4), 100, 100);
    assertThat(level(job("ann", "job_1699_0042", 4))).isEqualTo(KeyLevel.USER);
  }

  @Test
  void whatIsUnknownIsNoGroupEither() {
    learn(queued(job("", "bert", 4), ""), 100, 100);
    assertThat(JobGroups.of(queued(job("", "", 4), "")).keys().keySet())
        .containsExactly(KeyLevel.EVERYTHING);
    assertThat(level(queued(job("", "bert", 4), ""))).isEqualTo(KeyLevel.ANYONES_NAME);
    assertThat(estimated(job("", "", 1), Double.NaN).declaredSeconds()).isEmpty();
    assertThat(estimated(job("", "", 1), -1).declaredSeconds()).isEmpty();
    assertThat(level(estimated(queued(job("", "", 4), ""), 40))).isEqualTo(KeyLevel.ESTIMATE);
  }

  @Test
  void aDeclaredRuntimeIsCorrectedByTheUsersPastDeclarations() {
    assertThat(forecast(estimated(job("ann", "x", 1), 3600)).medianSeconds()).isEqualTo(3600);
    assertThat(forecast(estimated(job("ann", "x", 1), 3600)).spread()).isEqualTo(1.0);
    learn(estimated(job("ann", "", 1), 1000), 400, 600);
    RuntimeForecast forecast = forecast(estimated(job("ann", "x", 1), 3600));
    assertThat(forecast.level()).isEqualTo(KeyLevel.ESTIMATE);
    assertThat(forecast.medianSeconds()).isCloseTo(1763.6, CLOSE);
    assertThat(forecast.spread()).isEqualTo(1.0);
    learn(estimated(job("ann", "", 1), 1000), 490);
    assertThat(forecast(estimated(job("ann", "x", 1), 3600)).spread()).isEqualTo(0.6);
  }

  @Test
  void ratiosAndHitsCountAtTheGroupThatTheForecastCameFrom() {
    JobIdentity job = job("ann", "bert", 4);
    learn(job, 100, 100);
    for (int run = 0; run < 10; run++) {
      forecastAndLearn(job, 100);
    }
    RuntimeForecast forecast = forecast(job);
    assertThat(forecast.ratios().length()).isEqualTo(10);
    assertThat(forecast.predictability()).isEqualTo(Predictability.PREDICTABLE);
    assertThat(forecast(job("ann", "bert", 8)).ratios().length()).isZero();
  }

  @Test
  void theGateShutsOutWhatWasMissedTooOften() {
    JobIdentity job = job("ann", "bert", 4);
    learn(job, 100, 100);
    for (int run = 0; run < 8; run++) {
      forecastAndLearn(job, run % 2 == 0 ? 10 : 1000);
    }
    assertThat(forecast(job).predictability()).isEqualTo(Predictability.NOT);
    assertThat(forecast(job).trust()).isZero();
    predictor = new SimilarJobsRuntime(100, Gate.OFF, predictor.snapshot());
    assertThat(forecast(job).trust()).isPositive();
  }

  @Test
  void onlyEndsThatSayHowLongJobsRunAreLearnedFrom() {
    for (Ending ending : new Ending[] {Ending.EVICTED, Ending.NODE_LOST, Ending.LAUNCH_FAILED}) {
      for (Tenure tenure : Tenure.values()) {
        assertThat(ending.teaches(tenure)).as("%s %s", ending, tenure).isFalse();
      }
    }
    assertThat(Ending.SUCCEEDED.teaches(Tenure.LENT)).isTrue();
    for (Ending ending : new Ending[] {Ending.FAILED, Ending.STOPPED_BY_USER}) {
      assertThat(ending.teaches(Tenure.OWN)).isTrue();
      assertThat(ending.teaches(Tenure.LENT)).isFalse();
    }
    JobIdentity job = job("ann", "bert", 4);
    predictor.learn(new Completion(job, 100, Ending.EVICTED, Tenure.OWN, Optional.empty()));
    learn(job, -1, Double.NaN, Double.POSITIVE_INFINITY);
    assertThat(predictor.ignored()).isEqualTo(4);
    assertThat(level(job)).isEqualTo(KeyLevel.NOTHING);
  }

  @Test
  void runtimesAreClippedToASecondAndThirtyDays() {
    learn(job("ann", "short", 1), 0, 0);
    assertThat(forecast(job("ann", "short", 1)).medianSeconds()).isEqualTo(1);
    learn(job("ann", "long", 1), 1e9, 1e9);
    assertThat(forecast(job("ann", "long", 1)).medianSeconds()).isCloseTo(2_592_000, CLOSE);
  }

  @Test
  void anElasticJobIsTakenAtItsMinimumWidth() {
    assertThat(Completion.atMinimumWidth(100 * 2 + 50 * 8, 2)).isEqualTo(300);
  }

  @Test
  void aQueueIsKnownByItsPathAndByItsName() {
    learn(queued(job("bob", "x", 1), "root.deep.train"), 50);
    assertThat(level(queued(job("ann", "y", 4), "train"))).isEqualTo(KeyLevel.QUEUE);
    assertThat(level(queued(job("ann", "y", 4), "root.deep.train"))).isEqualTo(KeyLevel.QUEUE);
    assertThat(level(queued(job("ann", "y", 4), "eval"))).isEqualTo(KeyLevel.EVERYTHING);
  }

  /** A user with one job has six groups of their own; queue and everything are everybody's. */
  @Test
  void theLeastRecentlyUpdatedGroupsAreForgottenFirst() {
    predictor = new SimilarJobsRuntime(6 + 6 + 2, Gate.ON, PredictorState.EMPTY);
    learn(job("ann", "bert", 4), 100);
    learn(job("bob", "eval", 4), 50);
    learn(job("ann", "bert", 4), 100);
    learn(job("cat", "sweep", 4), 70);
    assertThat(level(job("ann", "bert", 4))).isEqualTo(KeyLevel.RAW_NAME);
    assertThat(level(job("bob", "eval", 4))).isEqualTo(KeyLevel.QUEUE);
    assertThat(level(job("cat", "sweep", 4))).isEqualTo(KeyLevel.ONE_RUN);
    assertThat(predictor.snapshot().groups()).hasSize(14);
  }

  @Test
  void forecastsAreSwitchedOffWhileTooManyMissAndOnAgainWhenFewDo() {
    JobIdentity job = job("ann", "bert", 4);
    PastForecast said = PastForecast.of(forecast(job)); // 300 s
    learnGiven(job, said, 300, 99);
    learnGiven(job, said, 3000, 100);
    assertThat(predictor.switchedOff()).as("fewer than 200").isFalse();
    learnGiven(job, said, 3000, 1);
    assertThat(predictor.switchedOff()).as("101 of 200").isTrue();
    assertThat(forecast(job("bob", "other", 1)).trust()).isZero();
    learnGiven(job, said, 300, 99 + 21);
    assertThat(predictor.switchedOff()).as("80 of 200").isTrue();
    learnGiven(job, said, 300, 1);
    assertThat(predictor.switchedOff()).as("79 of 200").isFalse();
  }

  @Test
  void whileSwitchedOffJobsWhoseOwnKinArePredictableAreTrusted() {
    JobIdentity steady = job("ann", "bert", 4);
    learn(steady, 100, 100);
    for (int run = 0; run < 12; run++) {
      forecastAndLearn(steady, 100);
    }
    JobIdentity other = job("bob", "other", 1);
    learnGiven(other, PastForecast.of(forecast(other)), 1e6, 200);
    assertThat(predictor.switchedOff()).isTrue();
    assertThat(forecast(steady).predictability()).isEqualTo(Predictability.PREDICTABLE);
    assertThat(forecast(steady).trust()).isPositive();
    assertThat(forecast(other).trust()).isZero();
  }

  /** Bimodal runs: the median starts anew among the long ones, ratios are those to the short. */
  @Test
  void noQuantileExceedsTheLongestRunByFar() {
    JobIdentity job = job("ann", "bert", 4);
    for (int run = 0; run < 40; run++) {
      forecastAndLearn(job, run % 8 < 4 ? 1 : 10_000);
    }
    assertThat(forecast(job).quantileSeconds(0.9)).isLessThanOrEqualTo(1.5 * 10_000 * 1.001);
  }

  @Test
  void aUserWhoseJobsExceedTheirQuantilesGetsWiderOnes() {
    JobIdentity job = job("ann", "bert", 4);
    learn(job, 100, 110);
    double before = forecast(job("ann", "bert", 4)).stretch();
    PastForecast said = PastForecast.of(forecast(job));
    learnGiven(job("ann", "x", 1), said, 10_000, 3);
    assertThat(forecast(job).stretch()).isGreaterThan(before);
    assertThat(forecast(job("bob", "x", 1)).stretch()).isEqualTo(1.4);
  }

  private void learnGiven(JobIdentity job, PastForecast said, double runtime, int times) {
    for (int t = 0; t < times; t++) {
      predictor.learn(Completion.succeeded(job, runtime, Optional.of(said)));
    }
  }

  @Test
  void accuracyIsCountedByClassAndLevel() {
    JobIdentity job = job("ann", "bert", 4);
    PastForecast said = PastForecast.of(forecast(job));
    learnGiven(job, said, 300, 1);
    learnGiven(job, said, 900, 1);
    assertThat(predictor.accuracy()).hasSize(1);
    Accuracy row = predictor.accuracy().get(0);
    assertThat(row.predictability()).isEqualTo(Predictability.NOT);
    assertThat(row.level()).isEqualTo(KeyLevel.NOTHING);
    assertThat(row.count()).isEqualTo(1.99);
    assertThat(row.withinHalfShare()).isCloseTo(0.99 / 1.99, CLOSE);
    assertThat(row.withinMostShare()).isEqualTo(1);
    assertThat(row.missShare()).isCloseTo(1 / 1.99, CLOSE);
    assertThat(row.relativeError()).isCloseTo(600 / (0.99 * 300 + 900), CLOSE);
  }

  /** Each run is three times as long as forecast, whatever was learned from the one before. */
  @Test
  void whoseJobsGrowAndGrowIsOrderedByTheUpperEnd() {
    JobIdentity job = job("ann", "grows", 4);
    learn(job, 100, 100, 100);
    double honestSeconds = forecast(job).expectedRemainingSeconds(0);
    assertThat(honestSeconds).isBetween(100.0, 102.0);
    for (int run = 0; run < 5; run++) {
      assertThat(forecast(job).doubted()).isFalse();
      forecastAndLearn(job, 3 * forecast(job).medianSeconds());
    }
    RuntimeForecast doubted = forecast(job);
    assertThat(doubted.doubted()).isTrue();
    double upper = doubted.quantileSeconds(0.9);
    assertThat(upper).isGreaterThan(1.5 * doubted.medianSeconds());
    double size = upper * Math.exp(0.25 * doubted.spread() * doubted.spread());
    assertThat(doubted.expectedRemainingSeconds(0))
        .isCloseTo(Math.pow(size, doubted.trust()) * Math.pow(upper, 1 - doubted.trust()), CLOSE);
    assertThat(new RemainingForecast(doubted).after(10_000).expectedRemainingMs())
        .isCloseTo(1000 * doubted.expectedRemainingSeconds(10), CLOSE);
    // What is told and reserved stays the forecast.
    assertThat(doubted.remainingSeconds(0)).isEqualTo(doubted.medianSeconds());
    forecastAndLearn(job, forecast(job).medianSeconds());
    assertThat(forecast(job).doubted()).isTrue();
    forecastAndLearn(job, forecast(job).medianSeconds());
    assertThat(forecast(job).doubted()).isFalse();
  }

  /** There the jobs of others would pay for it. */
  @Test
  void whereUsersMeetNobodyIsDoubted() {
    for (int run = 0; run < 8; run++) {
      JobIdentity job = queued(job("user" + run, "x", 1), "other");
      forecastAndLearn(job, 3 * forecast(job).medianSeconds());
    }
    RuntimeForecast forecast = forecast(queued(job("new", "x", 1), "other"));
    assertThat(forecast.key()).isEqualTo(KeyLevel.ANYONES_NAME);
    assertThat(forecast.doubted()).isFalse();
  }
}
