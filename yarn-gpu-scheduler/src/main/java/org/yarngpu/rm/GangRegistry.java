package org.yarngpu.rm;

import java.util.Collection;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.apache.hadoop.yarn.api.records.ApplicationAttemptId;
import org.jspecify.annotations.Nullable;
import org.yarngpu.model.GangId;

/** The gangs of all live application attempts. */
final class GangRegistry {
  private final ConcurrentMap<GangId, GangState> gangs = new ConcurrentHashMap<>();

  void open(GangState gang) {
    gangs.put(gang.id, gang);
  }

  void close(ApplicationAttemptId attempt) {
    gangs.remove(new GangId(attempt.toString()));
  }

  @Nullable GangState gang(ApplicationAttemptId attempt) {
    return gangs.get(new GangId(attempt.toString()));
  }

  @Nullable GangState gang(GangId id) {
    return gangs.get(id);
  }

  Collection<GangState> all() {
    return gangs.values();
  }
}
