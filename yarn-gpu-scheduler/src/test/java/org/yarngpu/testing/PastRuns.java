package org.yarngpu.testing;

import com.google.common.base.Ticker;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.yarngpu.history.HistoryStore;
import org.yarngpu.history.hadoop.HadoopFolder;
import org.yarngpu.predict.Completion;
import org.yarngpu.predict.Ending;
import org.yarngpu.predict.JobGroups;
import org.yarngpu.predict.JobIdentity;
import org.yarngpu.predict.ModelRun;
import org.yarngpu.predict.PastForecast;
import org.yarngpu.predict.SimilarJobsRuntime;

/** A history of jobs that have run, as a ResourceManager finds it when it starts. */
public final class PastRuns implements AutoCloseable {
  private final SimilarJobsRuntime predictor = new SimilarJobsRuntime();
  private final HistoryStore store;

  public PastRuns(Path folder) {
    store =
        HistoryStore.open(
                HadoopFolder.at(folder.toUri().toString(), new Configuration()),
                Clock.systemUTC(),
                Ticker.systemTicker(),
                () -> {})
            .store();
  }

  /** One more, which was forecast from those before. */
  public void add(JobIdentity job, double seconds, Optional<ModelRun> model) {
    Completion end =
        new Completion(
            job,
            seconds,
            Ending.SUCCEEDED,
            Ending.Tenure.OWN,
            Optional.of(PastForecast.of(predictor.forecast(JobGroups.of(job)))),
            model);
    predictor.learn(end);
    store.append(end, predictor::snapshot);
  }

  @Override
  public void close() {
    store.close();
  }
}
