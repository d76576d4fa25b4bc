package org.yarngpu.predict;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.yarngpu.testing.Seeded;

class JobNameTest {
  @ParameterizedTest
  @CsvSource({
    "train-resnet50, train-resnet#",
    "Train_ResNet50_2024-11-03, train-resnet#",
    "train resnet101 20241103T0915, train-resnet#",
    "bert.finetune/run-17-3fa9c1d, bert-finetune-run-#",
    "nightly-0c9e2b7e-1111-4222-8333-0123456789ab, nightly-#",
    "deadbeef-model, deadbeef-model",
    "facade1-model, #-model",
    "v100.8gpu:eval, v#gpu-eval",
    "job_1699_0042, (unnamed)",
    "'   ', (unnamed)",
    "'', (unnamed)",
    "application_1699_0042_extra-eval, #-eval",
    "12345, (unnamed)",
    "--x--, x",
    "ｒｅｓｎｅｔ５０, resnet#",
  })
  void whatChangesFromRunToRunIsLeftOut(String name, String normalised) {
    assertThat(JobName.normalised(name)).isEqualTo(normalised);
  }

  @Test
  void noNameIsUnnamed() {
    assertThat(JobName.normalised(null)).isEqualTo(JobName.UNNAMED);
  }

  @Test
  void namesAreCutToTheirFirst256Characters() {
    assertThat(JobName.normalised("x".repeat(256) + "y")).isEqualTo("x".repeat(256));
  }

  @Seeded
  void anyTextHasANameWithoutDigitsAndTheNameIsItsOwn(SplittableRandom random) {
    String alphabet = "ab0f9_-./: #jobX\u00c4\u5b57\ud83d";
    StringBuilder text = new StringBuilder();
    int length = random.nextInt(300);
    for (int c = 0; c < length; c++) {
      text.append(alphabet.charAt(random.nextInt(alphabet.length())));
    }
    String name = JobName.normalised(text.toString());
    assertThat(name).isNotEmpty().doesNotContainPattern("[0-9]").hasSizeLessThanOrEqualTo(260);
    assertThat(JobName.normalised(text.toString())).isEqualTo(name);
  }
}
