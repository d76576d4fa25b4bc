package org.yarngpu.sim.workload;

/**
 * How a job's GPUs are laid out.
 *
 * @param members that run together
 * @param gpusPerMember whole devices of each
 * @param deviceShare the part of each device that it can use
 */
record Shape(int members, int gpusPerMember, double deviceShare) {

  static final int GPUS_MAX = 1_000_000;

  /** Members of one whole GPU each: what is taken where a trace only gives a total. */
  static Shape ofSingles(int gpus) throws MalformedException {
    return ofEqual(gpus, gpus);
  }

  /** Equal members; single GPUs if the total cannot be divided so. */
  static Shape ofEqualOrSingles(int gpus, int members) throws MalformedException {
    return members >= 1 && gpus % members == 0 ? ofEqual(gpus, members) : ofSingles(gpus);
  }

  /**
   * Members that each ask for a number of devices which need not be whole: as many devices as are
   * needed, each used to an equal part.
   */
  static Shape ofParts(int members, double gpusEach) throws MalformedException {
    int devices = (int) Math.ceil(gpusEach);
    return checked(new Shape(members, devices, devices == 0 ? 0 : gpusEach / devices));
  }

  private static Shape ofEqual(int gpus, int members) throws MalformedException {
    return checked(new Shape(members, members == 0 ? 0 : gpus / members, 1));
  }

  private static Shape checked(Shape shape) throws MalformedException {
    long gpus = (long) shape.members * shape.gpusPerMember;
    if (gpus < 1 || gpus > GPUS_MAX) {
      throw new MalformedException(
          "the job has %s GPUs but must have 1 to %s".formatted(gpus, GPUS_MAX));
    }
    return shape;
  }
}
