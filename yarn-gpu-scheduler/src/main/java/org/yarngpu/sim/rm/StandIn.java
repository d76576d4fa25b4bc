package org.yarngpu.sim.rm;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Answers for an interface of the ResourceManager of which the scheduler asks only a little. What
 * nobody gave an answer for is null, 0, false or empty.
 */
final class StandIn implements InvocationHandler {

  /** What a method answers; the arguments are null where it has none. */
  interface Answer {
    @Nullable Object to(Object @Nullable [] arguments);
  }

  private final String name;
  private final Map<String, Answer> answers = new HashMap<>();

  /**
   * @param name what it stands for, in logs
   */
  StandIn(String name) {
    this.name = name;
  }

  /** Gives all methods of this name an answer. */
  StandIn with(String method, Answer answer) {
    answers.put(method, answer);
    return this;
  }

  StandIn with(String method, Object constant) {
    return with(method, arguments -> constant);
  }

  <T> T as(Class<T> type) {
    return type.cast(
        Proxy.newProxyInstance(StandIn.class.getClassLoader(), new Class<?>[] {type}, this));
  }

  @Override
  public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] arguments) {
    Answer answer = answers.get(method.getName());
    if (answer != null) {
      return answer.to(arguments);
    }
    return switch (method.getName()) {
      case "equals" -> arguments != null && proxy == arguments[0];
      case "hashCode" -> name.hashCode();
      case "toString" -> name;
      default -> nothing(method.getReturnType());
    };
  }

  private static @Nullable Object nothing(Class<?> type) {
    if (type == boolean.class) {
      return false;
    }
    if (type == int.class) {
      return 0;
    }
    if (type == long.class) {
      return 0L;
    }
    if (type == float.class) {
      return 0f;
    }
    if (type == List.class) {
      return new ArrayList<>();
    }
    if (type == Set.class) {
      return Set.of();
    }
    return type == Map.class ? Map.of() : null;
  }
}
