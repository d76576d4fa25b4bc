package org.yarngpu.history;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.yarngpu.predict.Completion;
import org.yarngpu.predict.Ending;
import org.yarngpu.predict.JobGroups;
import org.yarngpu.predict.JobIdentity;
import org.yarngpu.predict.PastForecast;
import org.yarngpu.predict.SimilarJobsRuntime;
import org.yarngpu.testing.Golden;

/**
 * Files with every field, as version 1 has them. If a test fails, histories that exist cannot be
 * read any more, or the groups in them are found no more: raise the version.
 */
class HistoryFormatGoldenTest {
  private static final String FOLDER = "yarn-gpu-scheduler/src/test/resources/history/";

  private final SimilarJobsRuntime predictor = new SimilarJobsRuntime();

  private Completion end(double seconds) {
    JobIdentity job =
        new JobIdentity(
            "ann", "Bert-\u00fc 17", "nightly", "root.research", 16, OptionalDouble.of(3600));
    return new Completion(
        job,
        seconds,
        Ending.STOPPED_BY_USER,
        Ending.Tenure.OWN,
        Optional.of(PastForecast.of(predictor.forecast(JobGroups.of(job)))));
  }

  @Test
  void aLineOfVersion1() throws Exception {
    predictor.learn(end(1800));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    CompletionJson.print(end(1812.25), out);
    String file = FOLDER + "completion-1.jsonl";
    Golden.assertHolds(file, out.toString(US_ASCII));
    assertThat(CompletionJson.parse(Files.readString(Golden.REPOSITORY.resolve(file))))
        .isEqualTo(end(1812.25));
  }

  @Test
  void aSnapshotOfVersion1() throws Exception {
    predictor.learn(end(1800));
    predictor.learn(end(600));
    StateJson.Snapshot snapshot =
        new StateJson.Snapshot(
            predictor.snapshot(),
            ImmutableSet.of(
                new HistoryFile(HistoryFile.Kind.COMPLETIONS, 1_700_000_000_000L, 1).text()));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    StateJson.print(snapshot, out);
    String file = FOLDER + "snapshot-1.jsonl";
    Golden.assertHolds(file, out.toString(US_ASCII));
    assertThat(
            StateJson.parse(
                new ByteArrayInputStream(Files.readAllBytes(Golden.REPOSITORY.resolve(file)))))
        .isEqualTo(snapshot);
  }

  @Test
  void theUseOfUsersOfVersion1() throws Exception {
    UseState use =
        new UseState(
            1_700_000_000_123L,
            ImmutableMap.of(
                "root.a", ImmutableMap.of("ann", 3_600_000.25, "b\u00fc", 1e-3),
                "root.b", ImmutableMap.of("ann", 1e12)));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    UseJson.print(use, out);
    String file = FOLDER + "use-1.jsonl";
    Golden.assertHolds(file, out.toString(US_ASCII));
    assertThat(
            UseJson.parse(
                new ByteArrayInputStream(Files.readAllBytes(Golden.REPOSITORY.resolve(file)))))
        .isEqualTo(use);
  }
}
