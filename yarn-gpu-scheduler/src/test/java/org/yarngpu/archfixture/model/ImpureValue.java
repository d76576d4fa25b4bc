package org.yarngpu.archfixture.model;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.yarngpu.archfixture.planner.CuriousPass;

/** Breaks the rules of the model and of the core. */
public final class ImpureValue {
  int mutable = (int) System.currentTimeMillis();
  final AtomicInteger shared = new AtomicInteger();
  final Set<Object> unordered = Set.of("x");
  final Map<Object, Object> alsoUnordered = Map.copyOf(Map.of());
  final CuriousPass cycle = new CuriousPass(this);
}
