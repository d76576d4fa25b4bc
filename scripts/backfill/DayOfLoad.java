import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;

/**
 * The requests of a day, compressed.
 *
 * @param rates requests per second in each second that is replayed
 * @param firstHour time of day at the beginning
 */
record DayOfLoad(double[] rates, double firstHour) {
  private static final double DAY_SECONDS = 86_400;

  /** An invented day: least at 3 in the night, a dip at noon, most in the afternoon. */
  static DayOfLoad invented(int seconds, double peak, Random random) {
    double firstHour = 3;
    double[] rates = new double[seconds];
    Arrays.setAll(
        rates,
        second -> {
          double hour = firstHour + 24.0 * second / seconds;
          double wave = Math.pow((1 - Math.cos((hour - 3) / 12 * Math.PI)) / 2, 1.3);
          double noon = 1 - 0.2 * Math.exp(-Math.pow((hour - 12.5) / 0.8, 2));
          double noise = 1 + 0.04 * random.nextGaussian();
          return peak * Math.max(0, 0.1 + 0.9 * wave) * noon * noise;
        });
    return new DayOfLoad(rates, firstHour);
  }

  /**
   * The first day of a file with the columns timestamp_s, requests and interval_s, in place of its
   * own peak the given one. Times without a row are as those before them.
   */
  static DayOfLoad read(Path file, int seconds, double peak) throws IOException {
    TreeMap<Double, Double> perSecond = new TreeMap<>();
    try (BufferedReader lines = lines(file)) {
      List<String> header = List.of(lines.readLine().split(",", -1));
      int at = column(header, "timestamp_s", file);
      int requests = column(header, "requests", file);
      int interval = column(header, "interval_s", file);
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        String[] cells = line.split(",", -1);
        double rate = Double.parseDouble(cells[requests]) / Double.parseDouble(cells[interval]);
        perSecond.merge(Double.parseDouble(cells[at]), rate, Double::sum);
      }
    }
    if (perSecond.isEmpty()) {
      throw new IllegalArgumentException(file + " has no row");
    }
    double from = perSecond.firstKey();
    double[] rates = new double[seconds];
    for (int second = 0; second < seconds; second++) {
      double begin = from + DAY_SECONDS * second / seconds;
      double end = from + DAY_SECONDS * (second + 1) / seconds;
      rates[second] =
          perSecond.subMap(begin, true, end, false).values().stream()
              .mapToDouble(rate -> rate)
              .average()
              .orElse(perSecond.floorEntry(begin).getValue());
    }
    double most = Arrays.stream(rates).max().orElseThrow();
    if (!(most > 0)) {
      throw new IllegalArgumentException(file + " has no request in its first day");
    }
    Arrays.setAll(rates, second -> rates[second] * peak / most);
    return new DayOfLoad(rates, from / 3600 % 24);
  }

  private static BufferedReader lines(Path file) throws IOException {
    InputStream bytes = Files.newInputStream(file);
    return new BufferedReader(
        new InputStreamReader(
            file.toString().endsWith(".gz") ? new GZIPInputStream(bytes) : bytes));
  }

  private static int column(List<String> header, String name, Path file) {
    int column = header.indexOf(name);
    if (column < 0) {
      throw new IllegalArgumentException(
          file + " has no column " + name + ". Maybe it is a list of requests, not of intervals.");
    }
    return column;
  }

  int seconds() {
    return rates.length;
  }

  /** Requests per second; after the day its last moment goes on. */
  double rate(int second) {
    return rates[Math.min(second, rates.length - 1)];
  }

  /** Time of day, or that the day is over. */
  String clock(int second) {
    if (second >= rates.length) {
      return "later";
    }
    int minutes = (int) (60 * (firstHour + 24.0 * second / rates.length));
    return "%02d:%02d".formatted(minutes / 60 % 24, minutes % 60);
  }
}
