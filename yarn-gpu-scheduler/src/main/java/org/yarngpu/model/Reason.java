package org.yarngpu.model;

/**
 * Why a gang was not placed. The names are API: they stand in application diagnostics, JMX and the
 * documents.
 */
public enum Reason {
  UNSUPPORTED_ASK(Cure.NONE),
  ABOVE_ALLOCATION_MAXIMUM(Cure.NONE),
  ABOVE_QUEUE_MAXIMUM(Cure.NONE),
  LARGER_THAN_ANY_NODE(Cure.NONE),
  LARGER_THAN_CLUSTER(Cure.NONE),
  NO_NODE_IN_PARTITION(Cure.NONE),
  NO_NODE_OF_MODEL(Cure.NONE),
  TIMED_OUT(Cure.NONE),
  BELOW_MINIMUM(Cure.NONE),
  NODES_UNHEALTHY(Cure.OPERATOR),
  FALLBACK_ACTIVE(Cure.OPERATOR),
  EXCLUDED_BY_JOB(Cure.TIME),
  QUEUE_AT_MAXIMUM(Cure.TIME),
  USER_AT_LIMIT(Cure.TIME),
  WAITING_FOR_ASKS(Cure.TIME),
  NOT_ENOUGH_FREE_GPUS(Cure.TIME),
  FRAGMENTED(Cure.TIME),
  OTHER_RESOURCE_SHORT(Cure.TIME),
  HELD_BY_RESERVATION(Cure.TIME),
  PREFERRED_MODEL_BUSY(Cure.TIME),
  REPLACEMENT_WAITING(Cure.TIME),
  GROWS_WHEN_IDLE(Cure.TIME),
  WAITING_FOR_RELEASE(Cure.TIME),
  NO_LOAN_NOW(Cure.TIME);

  private final Cure cure;

  Reason(Cure cure) {
    this.cure = cure;
  }

  public Cure cure() {
    return cure;
  }
}
