package org.yarngpu.rm;

import com.google.common.collect.ImmutableList;

/** The Hadoop versions whose internals this scheduler is tested against. */
final class TestedVersions {
  static final ImmutableList<String> VERSIONS = ImmutableList.of("3.4.2", "3.5.0");

  private TestedVersions() {}

  /**
   * Refuses any other version, since CapacityScheduler's internals are no stable interface.
   *
   * @param version as the daemon reports it; a vendor's suffix after a dash or dot is accepted
   * @throws IllegalStateException with the versions that are tested
   */
  static void check(String version) {
    boolean tested =
        VERSIONS.stream().anyMatch(known -> version.matches("\\Q" + known + "\\E([-.].*)?"));
    if (!tested) {
      throw new IllegalStateException(
          "Hadoop %s was not tested with this scheduler; tested are %s. Maybe set yarn.resourcemanager.scheduler.class back to CapacityScheduler until it is."
              .formatted(version, String.join(" and ", VERSIONS)));
    }
  }
}
