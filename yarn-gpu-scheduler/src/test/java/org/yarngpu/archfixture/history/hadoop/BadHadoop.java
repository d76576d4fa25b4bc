package org.yarngpu.archfixture.history.hadoop;

import org.yarngpu.archfixture.rm.BadRm;

/** Knows who keeps a history. */
public record BadHadoop(BadRm rm) {}
