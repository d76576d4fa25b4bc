import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Pairs of an option and its value, each given once. */
record Options(Map<String, String> values) {
  static Options of(String[] args, String... known) {
    Map<String, String> values = new HashMap<>();
    for (int i = 0; i < args.length; i += 2) {
      if (!List.of(known).contains(args[i]) || i + 1 == args.length) {
        throw new IllegalArgumentException(
            args[i] + " is unknown or has no value. Known are " + String.join(" ", known));
      }
      values.put(args[i], args[i + 1]);
    }
    return new Options(values);
  }

  String get(String name) {
    String value = values.get(name);
    if (value == null) {
      throw new IllegalArgumentException(name + " is missing");
    }
    return value;
  }

  int number(String name) {
    return Integer.parseInt(get(name));
  }
}
