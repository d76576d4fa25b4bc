package org.yarngpu.archfixture.storage;

import org.yarngpu.archfixture.journal.BadJournal;

/** Knows what it stores. */
public record BadStorage(BadJournal journal) {}
