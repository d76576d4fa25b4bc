package org.yarngpu.predict;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableList;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.yarngpu.model.KeyLevel;

class LearnedSpeedsTest {
  private static final JobGroups JOB = JobGroups.of(Identities.job("ann", "train", 1));
  private static final GroupKey KEY = JOB.keys().get(KeyLevel.NAME_AND_GPUS);

  @Test
  void theAdminsSpeedCountsAsMuchAsThreeRuns() {
    LearnedSpeeds speeds = new LearnedSpeeds();
    assertThat(speeds.speed(JOB, "v100", 0.5)).isEqualTo(0.5);
    speeds.observe(KEY, "v100", 0.6);
    speeds.observe(KEY, "v100", 0.6);
    assertThat(speeds.speed(JOB, "v100", 0.5)).isCloseTo(0.54, within(1e-12));
    assertThat(speeds.speed(JOB, "a100", 1)).as("another model").isEqualTo(1);
    assertThat(speeds.speed(JobGroups.of(Identities.job("bob", "train", 1)), "v100", 0.5))
        .as("another user")
        .isEqualTo(0.5);
  }

  @Test
  void oldRunsFade() {
    LearnedSpeeds speeds = new LearnedSpeeds();
    for (int run = 0; run < 1000; run++) {
      speeds.observe(KEY, "v100", run < 500 ? 0.1 : 1);
    }
    assertThat(speeds.speed(JOB, "v100", 1)).isCloseTo(1, within(0.001));
  }

  @Test
  void oneAbsurdRunMovesItByLittle() {
    LearnedSpeeds speeds = new LearnedSpeeds();
    speeds.observe(KEY, "v100", 1e9);
    assertThat(speeds.speed(JOB, "v100", 1)).isEqualTo((3 + 16) / 4.0);
  }

  @Test
  void theLeastRecentlySeenAreForgotten() {
    LearnedSpeeds speeds = new LearnedSpeeds();
    for (int user = 0; user < 10_001; user++) {
      speeds.observe(new GroupKey(user, user), "v100", 1);
    }
    assertThat(speeds.state()).hasSize(10_000);
    assertThat(speeds.state().get(0).key()).isEqualTo(new GroupKey(1, 1));
  }

  @Test
  void likeJobsTeachHowFastAModelIsForThem() {
    SimilarJobsRuntime predictor = new SimilarJobsRuntime();
    for (int run = 0; run < 5; run++) {
      predictor.learn(Completion.succeeded(JOB.job(), 100, Optional.empty()));
    }
    for (int run = 0; run < 17; run++) {
      PastForecast forecast = PastForecast.of(predictor.forecast(JOB));
      predictor.learn(
          new Completion(
              JOB.job(),
              100,
              Ending.SUCCEEDED,
              Ending.Tenure.OWN,
              Optional.of(forecast),
              Optional.of(new ModelRun("v100", 400))));
    }
    assertThat(predictor.speed(JOB, "v100", 0.5)).isCloseTo((1.5 + 17 * 0.25) / 20, within(0.01));
    SimilarJobsRuntime restored = new SimilarJobsRuntime(100, Gate.ON, predictor.snapshot());
    assertThat(restored.speed(JOB, "v100", 0.5)).isEqualTo(predictor.speed(JOB, "v100", 0.5));
  }

  @Test
  void jobsOfWhichNothingIsKnownTeachNoSpeed() {
    SimilarJobsRuntime predictor = new SimilarJobsRuntime();
    PastForecast guess = PastForecast.of(predictor.forecast(JOB));
    predictor.learn(
        new Completion(
            JOB.job(),
            100,
            Ending.SUCCEEDED,
            Ending.Tenure.OWN,
            Optional.of(guess),
            Optional.of(new ModelRun("v100", 400))));
    assertThat(predictor.snapshot().speeds()).isEqualTo(ImmutableList.of());
  }
}
