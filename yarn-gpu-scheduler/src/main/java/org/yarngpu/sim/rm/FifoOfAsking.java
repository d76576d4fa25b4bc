package org.yarngpu.sim.rm;

import com.google.common.collect.AbstractIterator;
import java.util.Iterator;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.common.fica.FiCaSchedulerApp;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.policy.FifoOrderingPolicy;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.policy.IteratorSelector;
import org.apache.hadoop.yarn.util.resource.Resources;
import org.jspecify.annotations.Nullable;

/**
 * CapacityScheduler's own first-in-first-out order, without the applications that ask for nothing:
 * at each heartbeat of a node it would look at all that run, in vain.
 *
 * <p>Decisions are the same. The scheduler checks the queue's limit with the reservations of one
 * application after the other, up to and including the first that has none; so all of these are
 * shown, asking or not.
 */
public final class FifoOfAsking extends FifoOrderingPolicy<FiCaSchedulerApp> {
  @Override
  public Iterator<FiCaSchedulerApp> getAssignmentIterator(IteratorSelector selector) {
    return new Asking(super.getAssignmentIterator(selector));
  }

  private static final class Asking extends AbstractIterator<FiCaSchedulerApp> {
    private final Iterator<FiCaSchedulerApp> all;
    private boolean limitIsChecked;

    Asking(Iterator<FiCaSchedulerApp> all) {
      this.all = all;
    }

    @Override
    protected @Nullable FiCaSchedulerApp computeNext() {
      while (all.hasNext()) {
        FiCaSchedulerApp application = all.next();
        if (!limitIsChecked) {
          limitIsChecked = Resources.isNone(application.getCurrentReservation());
          return application;
        }
        if (asks(application)) {
          return application;
        }
      }
      return endOfData();
    }

    /** Every container has memory; nodes have no labels. */
    private static boolean asks(FiCaSchedulerApp application) {
      return application.getAppAttemptResourceUsage().getPending().getMemorySize() > 0;
    }
  }
}
