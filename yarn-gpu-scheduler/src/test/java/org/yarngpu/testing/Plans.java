package org.yarngpu.testing;

import static org.assertj.core.api.Assertions.assertThat;

import org.yarngpu.model.GangId;
import org.yarngpu.model.Plan;
import org.yarngpu.model.Rejection;
import org.yarngpu.model.Reservation;

/** What tests ask a plan. */
public final class Plans {
  private Plans() {}

  public static Rejection rejectionOf(Plan plan, String gang) {
    Rejection rejection = plan.rejections().get(new GangId(gang));
    assertThat(rejection).as("rejection of " + gang).isNotNull();
    return rejection;
  }

  public static Reservation reservationIn(Plan plan, String partition) {
    Reservation reservation = plan.reservations().get(partition);
    assertThat(reservation).as("reservation in partition '%s'", partition).isNotNull();
    return reservation;
  }

  /** Whether the gang's minimum starts. */
  public static boolean starts(Plan plan, String gang) {
    return plan.placements().stream().anyMatch(p -> p.gang().equals(new GangId(gang)));
  }
}
