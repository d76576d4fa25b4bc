/**
 * Classes that break the rules of {@code ArchitectureTest}, each at least once, so that every rule
 * is seen red whenever the tests run.
 */
package org.yarngpu.archfixture;
