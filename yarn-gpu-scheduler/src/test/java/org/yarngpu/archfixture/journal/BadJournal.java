package org.yarngpu.archfixture.journal;

import org.yarngpu.archfixture.planner.BadPlanner;

/** Decides where it should only record. */
public record BadJournal(BadPlanner planner) {}
