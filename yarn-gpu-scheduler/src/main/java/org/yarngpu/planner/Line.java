package org.yarngpu.planner;

import java.util.List;
import org.yarngpu.model.Gang;

/**
 * Who waits in one partition after the gangs that fit were placed.
 *
 * @param waiting gangs that pass all limits and do not fit, in their order
 * @param shadows what is reserved for the first of them
 */
record Line(List<Gang> waiting, Shadows shadows) {}
