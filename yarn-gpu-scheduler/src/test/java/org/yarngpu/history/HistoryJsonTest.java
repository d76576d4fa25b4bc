package org.yarngpu.history;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.base.Strings;
import com.google.common.collect.ImmutableSet;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.yarngpu.predict.Completion;
import org.yarngpu.predict.Gate;
import org.yarngpu.predict.Identities;
import org.yarngpu.predict.JobGroups;
import org.yarngpu.predict.PredictorState;
import org.yarngpu.predict.SimilarJobsRuntime;
import org.yarngpu.testing.Seeded;

class HistoryJsonTest {

  private static String line(Completion completion) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    CompletionJson.print(completion, out);
    return out.toString(US_ASCII);
  }

  private static Completion again(Completion completion) throws Exception {
    return CompletionJson.parse(line(completion));
  }

  private static SimilarJobsRuntime anyPredictor(SplittableRandom random) {
    SimilarJobsRuntime predictor =
        new SimilarJobsRuntime(random.nextInt(1, 80), Gate.ON, PredictorState.EMPTY);
    int ends = random.nextInt(random.nextInt(10) == 0 ? 400 : 60);
    for (int end = 0; end < ends; end++) {
      predictor.learn(Identities.anyEnd(Identities.any(random), predictor, random));
    }
    return predictor;
  }

  @Seeded
  void aCompletionIsReadAsItWasWritten(SplittableRandom random) throws Exception {
    Completion any = Identities.anyEnd(Identities.any(random), anyPredictor(random), random);
    assertThat(line(any)).endsWith("\n").hasLineCount(1).hasSizeLessThan(400);
    assertThat(again(any)).isEqualTo(any);
  }

  @Seeded
  void aSnapshotIsReadAsItWasWritten(SplittableRandom random) throws Exception {
    StateJson.Snapshot any =
        new StateJson.Snapshot(anyPredictor(random).snapshot(), ImmutableSet.of("a", "b"));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    StateJson.print(any, out);
    assertThat(StateJson.parse(new ByteArrayInputStream(out.toByteArray()))).isEqualTo(any);
  }

  @Test
  void namesOfAnyKindKeepTheirGroups() throws Exception {
    for (String name :
        new String[] {
          "", "\"\\\n\u0000", "训练", "half \ud83d", Strings.repeat("\ud83d\ude00", 2_000)
        }) {
      Completion end = Completion.succeeded(Identities.job("ä", name, 1), 60, Optional.empty());
      assertThat(JobGroups.of(again(end).job()).keys())
          .isEqualTo(JobGroups.of(end.job()).keys())
          .isNotEmpty();
    }
  }

  @Test
  void aRuntimeThatIsNoneTeachesNothingAfterwardsEither() throws Exception {
    for (double seconds : new double[] {Double.NaN, Double.POSITIVE_INFINITY, -1}) {
      Completion end =
          Completion.succeeded(Identities.job("ann", "a", 1), seconds, Optional.empty());
      assertThat(again(end).teaches()).isFalse();
    }
  }

  @Test
  void whatIsNoCompletionIsAnErrorThatSaysWhy() throws Exception {
    String line = line(Completion.succeeded(Identities.job("ann", "a", 1), 60, Optional.empty()));
    assertWrong("", "no JSON object");
    assertWrong("\u0000\u0000", "no JSON");
    assertWrong(line + line, "no JSON");
    assertWrong(line.replace("\"version\":1", "\"version\":2"), "version 2");
    assertWrong(line.replace("\"version\":1,", ""), "lacks the field version");
    assertWrong(line.replace("\"gpus\":1", "\"gpus\":-1"), "gpus (-1)");
    assertWrong(line.replace("SUCCEEDED", "WON"), "WON");
    assertWrong(line.replace("\"gpus\"", "\"gpu\":0,\"gpus\""), "unknown field gpu");
  }

  private static void assertWrong(String line, String why) {
    assertThatThrownBy(() -> CompletionJson.parse(line))
        .isInstanceOf(HistoryException.class)
        .hasMessageContaining(why);
  }
}
