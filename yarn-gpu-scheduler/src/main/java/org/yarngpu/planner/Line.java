package org.yarngpu.planner;

import com.google.common.collect.ImmutableSet;
import java.util.List;
import org.yarngpu.model.Gang;
import org.yarngpu.model.GangId;

/**
 * Who waits in one partition after the gangs that fit were placed.
 *
 * @param waiting gangs that pass all limits and do not fit, in their order
 * @param shadows what is reserved for the first of them
 * @param promoted those of them that may evict more than others for having waited so long
 */
record Line(List<Gang> waiting, Shadows shadows, ImmutableSet<GangId> promoted) {}
