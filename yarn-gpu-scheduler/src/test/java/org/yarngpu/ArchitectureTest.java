package org.yarngpu;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/**
 * Who may know whom. Each rule is checked twice: on our classes, and on the fixture, whose classes
 * break it; a rule that cannot fail fails here.
 */
class ArchitectureTest {
  private static final String OURS = "org.yarngpu";
  private static final String FIXTURE = "org.yarngpu.archfixture";

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages(OURS);

  private static final JavaClasses BAD_CLASSES = new ClassFileImporter().importPackages(FIXTURE);

  /** What a package may use: packages of ours, and libraries beyond JDK, guava and annotations. */
  private record Layer(List<String> ours, List<String> libraries) {}

  private static final ImmutableMap<String, Layer> LAYERS =
      ImmutableMap.<String, Layer>builder()
          .put("model", new Layer(List.of(), List.of("org.apache.commons.math3..")))
          .put("predict", new Layer(List.of("model"), List.of()))
          .put("policy", new Layer(List.of("model"), List.of()))
          .put("planner", new Layer(List.of("model", "policy"), List.of()))
          .put("scale", new Layer(List.of(), List.of("org.apache.commons.math3..")))
          .put("scale.source", new Layer(List.of("scale"), List.of("com.fasterxml.jackson..")))
          .put("config", new Layer(List.of("job", "model"), List.of()))
          .put("job", new Layer(List.of("model"), List.of("com.fasterxml.jackson..")))
          .put("storage", new Layer(List.of(), List.of("com.fasterxml.jackson..", "org.slf4j..")))
          .put(
              "journal", new Layer(List.of("model", "storage"), List.of("com.fasterxml.jackson..")))
          .put(
              "history",
              new Layer(
                  List.of("model", "predict", "storage"),
                  List.of("com.fasterxml.jackson..", "org.slf4j..")))
          .put("history.hadoop", new Layer(List.of("history"), List.of("org.apache.hadoop..")))
          .put(
              "rm",
              new Layer(
                  List.of(
                      "model", "predict", "policy", "planner", "config", "job", "journal",
                      "history", "storage"),
                  List.of("org.apache.hadoop..", "org.slf4j..", "javax.management..")))
          .put(
              "sim",
              new Layer(
                  List.of("model", "predict", "policy", "planner", "scale", "config", "job"),
                  List.of(
                      "javax.xml..",
                      "org.w3c.dom..",
                      "org.xml.sax..",
                      "com.fasterxml.jackson..",
                      "org.apache.commons.csv..",
                      "org.apache.commons.math3..")))
          .put(
              "sim.replay",
              new Layer(
                  List.of("sim", "model", "policy", "planner", "journal"),
                  List.of("com.fasterxml.jackson..")))
          .put(
              "sim.rm",
              new Layer(
                  List.of("sim", "model", "predict", "policy", "planner", "config", "job", "rm"),
                  List.of("org.apache.hadoop..", "org.slf4j..", "org.apache.log4j..")))
          .put(
              "nm",
              new Layer(
                  List.of("job"),
                  List.of("org.apache.hadoop..", "org.slf4j..", "javax.management..")))
          .put(
              "client",
              new Layer(List.of("job", "scale"), List.of("org.apache.hadoop..", "org.slf4j..")))
          .put(
              "appmaster",
              new Layer(
                  List.of("job", "scale"),
                  List.of(
                      "org.apache.hadoop..",
                      "org.apache.zookeeper..",
                      "org.slf4j..",
                      "com.fasterxml.jackson..",
                      "com.sun.net.httpserver..")))
          .put(
              "cli",
              new Layer(
                  List.of(
                      "model", "predict", "policy", "planner", "scale", "config", "job", "journal",
                      "history", "client", "sim"),
                  List.of("picocli..", "org.slf4j..")))
          .build();

  private static String[] core(String root) {
    return new String[] {
      root + ".model..",
      root + ".predict..",
      root + ".policy..",
      root + ".planner..",
      root + ".scale"
    };
  }

  /** Asserts that our classes keep the rule and that the fixture breaks it. */
  private static void assertLaw(Function<String, ArchRule> ruleOf) {
    ruleOf.apply(OURS).allowEmptyShould(true).check(CLASSES);
    ArchRule rule = ruleOf.apply(FIXTURE);
    assertThat(rule.evaluate(BAD_CLASSES).hasViolation())
        .as("the fixture breaks: %s", rule.getDescription())
        .isTrue();
  }

  @Test
  void aPackageUsesOnlyWhatItsLayerMay() {
    LAYERS.forEach((name, layer) -> assertLaw(root -> layerRule(root, name, layer)));
  }

  private static ArchRule layerRule(String root, String name, Layer layer) {
    List<String> allowed =
        new ArrayList<>(
            List.of(
                "java..",
                "com.google.common..",
                "com.google.errorprone.annotations..",
                "org.jspecify.annotations.."));
    allowed.add(root + "." + name + "..");
    layer.ours.forEach(ours -> allowed.add(root + "." + ours + ".."));
    allowed.addAll(layer.libraries);
    String[] roomsOfTheirOwn =
        LAYERS.keySet().stream()
            .filter(other -> other.startsWith(name + "."))
            .map(other -> root + "." + other + "..")
            .toArray(String[]::new);
    return classes()
        .that()
        .resideInAPackage(root + "." + name + "..")
        .and()
        .resideOutsideOfPackages(roomsOfTheirOwn)
        .should()
        .onlyDependOnClassesThat(resideInAnyPackage(allowed.toArray(new String[0])));
  }

  @Test
  void everyPackageHasALayer() {
    assertThat(packagesWithoutLayer(CLASSES, OURS)).isEmpty();
    assertThat(packagesWithoutLayer(CLASSES, "org")).containsExactly("yarngpu");
  }

  private static Set<String> packagesWithoutLayer(JavaClasses classes, String root) {
    Set<String> packages = new TreeSet<>();
    classes.forEach(
        c ->
            packages.add(
                Splitter.on('.')
                    .split(c.getPackageName().substring(root.length() + 1))
                    .iterator()
                    .next()));
    packages.removeAll(LAYERS.keySet());
    return packages;
  }

  @Test
  void theCoreKnowsNoHadoopThreadsFilesOrLogs() {
    ImmutableList<String> forbidden =
        ImmutableList.of(
            "org.apache.hadoop..",
            "java.util.concurrent..",
            "java.io..",
            "java.nio..",
            "org.slf4j..",
            "java.util.logging..");
    for (String library : forbidden) {
      assertLaw(
          root ->
              noClasses()
                  .that()
                  .resideInAnyPackage(core(root))
                  .should()
                  .dependOnClassesThat()
                  .resideInAPackage(library));
    }
    assertLaw(
        root ->
            noClasses()
                .that()
                .resideInAnyPackage(core(root))
                .should()
                .dependOnClassesThat()
                .belongToAnyOf(Thread.class));
    assertLaw(
        root ->
            methods()
                .that()
                .areDeclaredInClassesThat()
                .resideInAnyPackage(core(root))
                .should()
                .notHaveModifier(JavaModifier.SYNCHRONIZED));
  }

  @Test
  void theCoreReadsNoClock() {
    assertCoreNeverCalls("currentTimeMillis|nanoTime", "java.lang.System");
    assertCoreNeverCalls("now", "java.time.Instant");
  }

  @Test
  void theCoreKnowsNoGlobalRandomness() {
    assertCoreNeverCalls("random", "java.lang.Math");
    assertCoreNeverCalls("<init>", "java.util.Random");
  }

  /** Their order changes from one JVM to the next. */
  @Test
  void theCoreUsesNoSetsOrMapsOfTheJdkWithoutOrder() {
    assertCoreNeverCalls("of|copyOf", "java.util.Set");
    assertCoreNeverCalls("of|copyOf|ofEntries", "java.util.Map");
  }

  private static void assertCoreNeverCalls(String methods, String owner) {
    assertLaw(
        root ->
            noClasses()
                .that()
                .resideInAnyPackage(core(root))
                .should()
                .accessTargetWhere(
                    describe(
                        "%s of %s".formatted(methods, owner),
                        (JavaAccess<?> access) ->
                            access.getTargetOwner().getName().equals(owner)
                                && access.getName().matches(methods))));
  }

  @Test
  void theModelHasOnlyFinalFields() {
    assertLaw(
        root ->
            fields()
                .that()
                .areDeclaredInClassesThat()
                .resideInAPackage(root + ".model..")
                .should()
                .beFinal());
  }

  /** What the daemons' class path has in another version, or not at all. */
  @Test
  void whatTheDaemonsLoadKnowsNoJerseyGuiceJaxRsOrPicocli() {
    for (List<String> libraries :
        List.of(
            List.of("com.google.inject.."),
            List.of("javax.ws.rs..", "jakarta.ws.rs..", "com.sun.jersey..", "org.glassfish.."),
            List.of("picocli.."))) {
      assertLaw(
          root ->
              noClasses()
                  .that()
                  .resideInAPackage(root + "..")
                  .and()
                  .resideOutsideOfPackage(root + ".cli..")
                  .should()
                  .dependOnClassesThat()
                  .resideInAnyPackage(libraries.toArray(new String[0])));
    }
  }

  @Test
  void onlyTheRmPackagesKnowTheResourceManager() {
    assertLaw(
        root ->
            noClasses()
                .that()
                .resideInAPackage(root + "..")
                .and()
                .resideOutsideOfPackages(root + ".rm..", root + ".sim.rm..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.apache.hadoop.yarn.server.resourcemanager.."));
  }

  @Test
  void onlyTheNodePackageKnowsTheNodeManager() {
    assertLaw(
        root ->
            noClasses()
                .that()
                .resideInAPackage(root + "..")
                .and()
                .resideOutsideOfPackage(root + ".nm..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.apache.hadoop.yarn.server.nodemanager.."));
  }

  @Test
  void ourClassesWereImported() {
    assertThat(CLASSES.size()).isGreaterThan(50);
  }

  @Test
  void packagesHaveNoCycles() {
    assertLaw(root -> slices().matching(root + ".(**)").should().beFreeOfCycles());
  }
}
