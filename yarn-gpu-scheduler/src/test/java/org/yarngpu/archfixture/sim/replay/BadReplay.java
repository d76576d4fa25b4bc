package org.yarngpu.archfixture.sim.replay;

import org.yarngpu.archfixture.rm.BadRm;

/** Replays with a ResourceManager. */
public record BadReplay(BadRm rm) {}
