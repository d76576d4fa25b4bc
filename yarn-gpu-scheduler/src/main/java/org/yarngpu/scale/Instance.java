package org.yarngpu.scale;

/**
 * A replica as it looks to who chooses what to give back.
 *
 * @param number in the service; the newest has the largest
 * @param node where it runs
 * @param worth to its service: those of the least go first, whatever else there is
 */
public record Instance(int number, String node, int worth) {}
