package org.yarngpu.history.hadoop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.base.Ticker;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.hadoop.hdfs.HdfsConfiguration;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yarngpu.history.HistoryStore;
import org.yarngpu.history.HistoryStore.Opened;
import org.yarngpu.history.Recovered;
import org.yarngpu.predict.Completion;
import org.yarngpu.predict.Gate;
import org.yarngpu.predict.Identities;
import org.yarngpu.predict.PredictorState;
import org.yarngpu.predict.SimilarJobsRuntime;
import org.yarngpu.testing.Eventually;

/** On HDFS. */
class HadoopFolderIT {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final AtomicInteger dropped = new AtomicInteger();

  private static Completion end(int seconds) {
    return Completion.succeeded(Identities.job("ann", "bert", 1), seconds, Optional.empty());
  }

  private Opened open(HadoopFolder folder) {
    return HistoryStore.open(
        folder, Clock.systemUTC(), Ticker.systemTicker(), dropped::incrementAndGet);
  }

  private static int known(HadoopFolder folder) {
    try {
      return HistoryStore.read(folder).since().size();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void whatOneProcessLearnedTheNextOneKnowsEvenWhileTheFirstStillLives(@TempDir Path scratch)
      throws IOException {
    try (MiniDFSCluster hdfs =
        new MiniDFSCluster.Builder(new HdfsConfiguration(), scratch.toFile()).build()) {
      HadoopFolder folder =
          HadoopFolder.at(hdfs.getURI() + "/yarn/history", hdfs.getConfiguration(0));
      HistoryStore first = open(folder).store();
      first.append(end(60), () -> PredictorState.EMPTY);
      first.append(end(70), () -> PredictorState.EMPTY);
      Eventually.await(PATIENCE, () -> "the open file can be read", () -> known(folder) == 2);

      Opened next = open(folder);
      assertThat(next.recovered().since()).containsExactly(end(60), end(70));
      next.store().append(end(80), () -> PredictorState.EMPTY);
      next.store().close();
      first.append(end(90), () -> PredictorState.EMPTY);
      first.close();
      assertThat(HistoryStore.read(folder).since())
          .containsExactly(end(60), end(70), end(90), end(80));

      SimilarJobsRuntime predictor =
          HistoryStore.read(folder).predictor(SimilarJobsRuntime.GROUPS_MAX, Gate.ON);
      HistoryStore.replace(folder, Clock.systemUTC(), predictor.snapshot());
      Recovered replaced = HistoryStore.read(folder);
      assertThat(replaced.state()).isEqualTo(predictor.snapshot());
      assertThat(replaced.since()).isEmpty();
      assertThat(dropped).hasValue(0);

      String name = folder.list().get(0);
      assertThatThrownBy(() -> folder.create(name)).isInstanceOf(FileAlreadyExistsException.class);
    }
  }
}
