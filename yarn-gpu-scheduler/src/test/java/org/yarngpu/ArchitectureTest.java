package org.yarngpu;

import static com.tngtech.archunit.base.DescribedPredicate.alwaysTrue;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.time.Clock;
import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Who may know whom. Each rule is held against the product, where it must be green, and against
 * {@code org.yarngpu.archfixture}, whose classes break it, where it must be red: a rule that cannot
 * fail guards nothing.
 */
class ArchitectureTest {
  private static final JavaClasses PRODUCT =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("org.yarngpu");

  private static final JavaClasses FIXTURE =
      new ClassFileImporter().importPackages("org.yarngpu.archfixture");

  private static final ImmutableList<String> CORE = ImmutableList.of("model", "policy", "planner");

  private static final String[] BASICS = {
    "java.lang..",
    "java.util..",
    "java.time..",
    "com.google.common..",
    "org.jspecify..",
    "com.google.errorprone.annotations.."
  };

  private static void assertGuards(ArchRule rule) {
    assertThat(rule.allowEmptyShould(true).evaluate(PRODUCT).getFailureReport().getDetails())
        .as("product")
        .isEmpty();
    assertThat(rule.allowEmptyShould(true).evaluate(FIXTURE).hasViolation())
        .as("the fixture breaks the rule")
        .isTrue();
  }

  private static String[] packages(ImmutableList<String> names) {
    return names.stream().map(name -> "org.yarngpu.." + name + "..").toArray(String[]::new);
  }

  private static DescribedPredicate<JavaClass> outside(String... allowed) {
    return resideOutsideOfPackages(
        Stream.concat(Stream.of(BASICS), Stream.of(allowed)).toArray(String[]::new));
  }

  @Test
  void theModelKnowsNothing() {
    assertGuards(
        noClasses()
            .that()
            .resideInAPackage("org.yarngpu..model..")
            .should()
            .dependOnClassesThat(outside("org.yarngpu..model..")));
  }

  @Test
  void policiesKnowTheModel() {
    assertGuards(
        noClasses()
            .that()
            .resideInAPackage("org.yarngpu..policy..")
            .should()
            .dependOnClassesThat(outside("org.yarngpu..model..", "org.yarngpu..policy..")));
  }

  @Test
  void thePlannerKnowsModelAndPolicies() {
    assertGuards(
        noClasses()
            .that()
            .resideInAPackage("org.yarngpu..planner..")
            .should()
            .dependOnClassesThat(
                outside(
                    "org.yarngpu..model..", "org.yarngpu..policy..", "org.yarngpu..planner..")));
  }

  @Test
  void theCoreHasNoThreadNoLockAndNoClock() {
    assertGuards(
        noClasses()
            .that()
            .resideInAnyPackage(packages(CORE))
            .should()
            .dependOnClassesThat(
                resideInAnyPackage("java.util.concurrent..", "java.util.logging..")
                    .or(type(Thread.class))
                    .or(type(Clock.class))
                    .or(type(Random.class))));
    assertGuards(
        noClasses()
            .that()
            .resideInAnyPackage(packages(CORE))
            .should()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callMethod(System.class, "nanoTime")
            .orShould()
            .callMethod(Instant.class, "now"));
  }

  @Test
  void theCoreUsesNoCollectionWhoseOrderChangesFromRunToRun() {
    assertGuards(
        noClasses()
            .that()
            .resideInAnyPackage(packages(CORE))
            .should()
            .callMethod(Set.class, "of", Object.class)
            .orShould()
            .callMethod(Set.class, "copyOf", Collection.class)
            .orShould()
            .callMethod(Map.class, "copyOf", Map.class));
  }

  @Test
  void onlyTheRmPackageKnowsTheResourceManager() {
    assertGuards(
        noClasses()
            .that(not(resideInAnyPackage("org.yarngpu.rm..")).as("reside outside org.yarngpu.rm"))
            .should()
            .dependOnClassesThat(
                resideInAnyPackage("org.apache.hadoop.yarn.server.resourcemanager..")));
  }

  @Test
  void declarationsAndSettingsKnowNoHadoop() {
    assertGuards(
        noClasses()
            .that()
            .resideInAnyPackage(packages(ImmutableList.of("job", "config", "cli")))
            .should()
            .dependOnClassesThat(resideInAnyPackage("org.apache.hadoop..")));
  }

  @Test
  void theThinJarUsesOnlyWhatAResourceManagerHas() {
    assertGuards(
        noClasses()
            .that(resideOutsideOfPackages("org.yarngpu.cli.."))
            .should()
            .dependOnClassesThat(
                resideInAnyPackage(
                    "com.sun.jersey..",
                    "org.glassfish.jersey..",
                    "com.google.inject..",
                    "javax.ws.rs..",
                    "jakarta.ws.rs..",
                    "picocli..",
                    "org.apache.commons.csv..")));
  }

  @Test
  void theRmPackageDoesNotReadJobFiles() {
    assertGuards(
        noClasses()
            .that()
            .resideInAnyPackage("org.yarngpu..rm..")
            .should()
            .dependOnClassesThat(resideInAnyPackage("com.fasterxml.jackson..")));
  }

  @Test
  void theModelHasOnlyFinalFields() {
    assertGuards(
        fields()
            .that()
            .areDeclaredInClassesThat()
            .resideInAPackage("org.yarngpu..model..")
            .should()
            .beFinal());
  }

  @Test
  void packagesHaveNoCycles() {
    assertGuards(slices().matching("org.yarngpu.(**)").should().beFreeOfCycles());
  }

  @Test
  void theProductWasImported() {
    assertThat(PRODUCT.that(alwaysTrue())).hasSizeGreaterThan(50);
  }
}
