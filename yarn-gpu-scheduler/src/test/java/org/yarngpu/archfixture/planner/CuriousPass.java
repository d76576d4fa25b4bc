package org.yarngpu.archfixture.planner;

import org.apache.hadoop.yarn.server.resourcemanager.RMContext;
import org.yarngpu.archfixture.model.ImpureValue;
import picocli.CommandLine;

/** Breaks the rules of the planner, of the bridge and of the thin jar. */
public final class CuriousPass {
  final ImpureValue value;
  RMContext context;
  CommandLine line;

  public CuriousPass(ImpureValue value) {
    this.value = value;
  }
}
