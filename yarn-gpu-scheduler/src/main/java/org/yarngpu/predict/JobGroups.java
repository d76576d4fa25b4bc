package org.yarngpu.predict;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import java.util.EnumMap;
import java.util.Map;
import org.yarngpu.model.KeyLevel;

/**
 * The groups of like jobs that a job belongs to, from the most alike to everything. Made once, when
 * the job is submitted.
 *
 * @param job whose groups they are
 * @param keys by level, in the order of the levels; levels that the job is too little known for are
 *     absent
 */
public record JobGroups(JobIdentity job, ImmutableMap<KeyLevel, GroupKey> keys) {

  /** Any number of GPUs. */
  private static final int ANY = -1;

  public static JobGroups of(JobIdentity job) {
    Map<KeyLevel, GroupKey> keys = new EnumMap<>(KeyLevel.class);
    String user = job.user();
    int gpus = job.gpus();
    if (!user.isEmpty() && !job.declaredJob().isEmpty()) {
      put(keys, KeyLevel.DECLARED_JOB, gpus, user, job.declaredJob());
    }
    String name = JobName.normalised(job.name());
    if (!name.equals(JobName.UNNAMED)) {
      if (!user.isEmpty()) {
        put(keys, KeyLevel.RAW_NAME, gpus, user, JobName.lowerCase(job.name()));
        put(keys, KeyLevel.NAME_AND_GPUS, gpus, user, name);
        put(keys, KeyLevel.NAME, ANY, user, name);
      }
      put(keys, KeyLevel.ANYONES_NAME, gpus, name);
    }
    if (!user.isEmpty()) {
      if (job.declaredSeconds().isPresent()) {
        put(keys, KeyLevel.ESTIMATE, ANY, user);
      }
      put(keys, KeyLevel.USER_AND_GPUS, gpus, user);
      put(keys, KeyLevel.USER, ANY, user);
    }
    if (!job.queue().isEmpty()) {
      put(keys, KeyLevel.QUEUE, ANY, leaf(job.queue()));
    }
    put(keys, KeyLevel.EVERYTHING, ANY);
    return new JobGroups(job, Maps.immutableEnumMap(keys));
  }

  /** YARN names a queue by its path or by its last part, as the job was submitted. */
  private static String leaf(String queue) {
    return queue.substring(queue.lastIndexOf('.') + 1);
  }

  private static void put(Map<KeyLevel, GroupKey> keys, KeyLevel level, int gpus, String... parts) {
    keys.put(level, GroupKey.of(level, gpus, parts));
  }
}
