package org.yarngpu.testing;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.Extension;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;
import org.junit.jupiter.api.extension.TestTemplateInvocationContext;
import org.junit.jupiter.api.extension.TestTemplateInvocationContextProvider;

/** Runs {@link Seeded} tests; a failure ends with the command that replays it. */
final class SeededExtension implements TestTemplateInvocationContextProvider {
  @Override
  public boolean supportsTestTemplate(ExtensionContext context) {
    return true;
  }

  @Override
  public Stream<TestTemplateInvocationContext> provideTestTemplateInvocationContexts(
      ExtensionContext context) {
    String seed = System.getProperty("seed", "");
    int runs = context.getRequiredTestMethod().getAnnotation(Seeded.class).runs();
    return (seed.isBlank() ? LongStream.range(0, runs) : LongStream.of(Long.parseLong(seed.trim())))
        .mapToObj(SeededRun::new);
  }

  /** One seed. */
  private record SeededRun(long seed) implements TestTemplateInvocationContext {
    @Override
    public String getDisplayName(int invocationIndex) {
      return "seed " + seed;
    }

    @Override
    public List<Extension> getAdditionalExtensions() {
      return List.of(new Random(seed), new Replay(seed));
    }
  }

  private record Random(long seed) implements ParameterResolver {
    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
      return parameter.getParameter().getType() == SplittableRandom.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
      return new SplittableRandom(seed);
    }
  }

  private record Replay(long seed) implements TestExecutionExceptionHandler {
    @Override
    public void handleTestExecutionException(ExtensionContext context, Throwable failure) {
      throw replay(
          context.getRequiredTestClass(), context.getRequiredTestMethod().getName(), seed, failure);
    }
  }

  static AssertionError replay(Class<?> test, String method, long seed, Throwable failure) {
    return new AssertionError(
        "%s%nReplay: mvn test -Dtest=%s#%s -Dseed=%d"
            .formatted(failure.getMessage(), test.getSimpleName(), method, seed),
        failure);
  }
}
