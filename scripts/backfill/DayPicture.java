import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** Draws a day as SVG: the load, who held the GPUs, and the response times, one above the other. */
final class DayPicture {
  private static final int WIDTH = 900;
  private static final int LEFT = 70;
  private static final int RIGHT = 150;
  private static final int TOP = 56;
  private static final int PANEL = 150;
  private static final int GAP = 44;
  private static final int HEIGHT = TOP + 3 * PANEL + 2 * GAP + 50;

  private static final String LOAD = "#555555";
  private static final String SERVING = "#0072b2";
  private static final String LENT = "#e69f00";
  private static final String IDLE = "#e8e8e8";
  private static final String LATE = "#d55e00";

  private final List<Moment> moments;
  private final DayOfLoad day;
  private final int seconds;
  private final StringBuilder svg = new StringBuilder();

  private DayPicture(List<Moment> moments, DayOfLoad day) {
    this.moments = moments;
    this.day = day;
    this.seconds = moments.get(moments.size() - 1).second() + 1;
  }

  /**
   * Draws.
   *
   * @param moments in order, at least one
   * @param title what is shown
   */
  static String of(List<Moment> moments, DayOfLoad day, int sloMs, String title) {
    return new DayPicture(moments, day).draw(sloMs, title);
  }

  private String draw(int sloMs, String title) {
    add(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\""
            + " font-family=\"sans-serif\" font-size=\"12\">",
        WIDTH, HEIGHT, WIDTH, HEIGHT);
    add("<rect width=\"%d\" height=\"%d\" fill=\"white\"/>", WIDTH, HEIGHT);
    text(LEFT, 24, "start", "font-size=\"15\" font-weight=\"bold\"", title);

    double peak = Math.max(1, most(Moment::offered));
    panel(0, "requests/s", peak);
    line(0, peak, LOAD, Moment::offered);
    legend(0, 0, LOAD, "offered load");

    int gpus = moments.get(0).gpus();
    panel(1, "GPUs", gpus);
    add(
        "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>",
        LEFT, top(1), x(seconds) - LEFT, PANEL, IDLE);
    area(1, gpus, LENT, moment -> moment.serving() + moment.lent());
    area(1, gpus, SERVING, Moment::serving);
    recalls();
    frame(1);
    legend(1, 0, SERVING, "service");
    legend(1, 1, LENT, "lent to training");
    legend(1, 2, IDLE, "idle");
    legend(1, 3, LATE, "a recall");

    double slowest = Math.max(1.2 * sloMs, most(moment -> moment.requests().p99Ms()));
    panel(2, "p99, ms", slowest);
    line(2, slowest, SERVING, moment -> moment.requests().p99Ms());
    double objective = y(2, sloMs / slowest);
    add(
        "<line x1=\"%d\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\""
            + " stroke-dasharray=\"6 4\"/>",
        LEFT, objective, x(seconds), objective, LATE);
    legend(2, 0, SERVING, "p99 of 5 s");
    legend(2, 1, LATE, "objective, " + sloMs + " ms");
    hours();
    return svg.append("</svg>\n").toString();
  }

  private double most(ToDoubleFunction<Moment> value) {
    return moments.stream()
        .mapToDouble(value)
        .filter(number -> !Double.isNaN(number))
        .max()
        .orElse(0);
  }

  private void panel(int panel, String unit, double most) {
    text(LEFT, top(panel) - 8, "start", "fill=\"#333\"", unit);
    for (double share : new double[] {0, 0.5, 1}) {
      text(
          LEFT - 8,
          y(panel, share) + 4,
          "end",
          "fill=\"#333\"",
          String.format(Locale.ROOT, "%.0f", share * most));
    }
    frame(panel);
  }

  private void frame(int panel) {
    add(
        "<path d=\"M%d %d V%d H%.1f\" fill=\"none\" stroke=\"#333\"/>",
        LEFT, top(panel), top(panel) + PANEL, x(seconds));
  }

  private void line(int panel, double most, String colour, ToDoubleFunction<Moment> value) {
    StringBuilder path = new StringBuilder();
    boolean pen = false;
    for (Moment moment : moments) {
      double number = value.applyAsDouble(moment);
      if (!Double.isNaN(number)) {
        path.append(pen ? 'L' : 'M').append(point(moment.second() + 0.5, panel, number / most));
      }
      pen = !Double.isNaN(number);
    }
    add("<path d=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"1.8\"/>", path, colour);
  }

  /** In steps, from the bottom up to the value. */
  private void area(int panel, double most, String colour, ToDoubleFunction<Moment> value) {
    StringBuilder path = new StringBuilder("M" + point(0, panel, 0));
    double height = 0;
    for (Moment moment : moments) {
      path.append('L').append(point(moment.second(), panel, height));
      height = value.applyAsDouble(moment) / most;
      path.append('L').append(point(moment.second(), panel, height));
    }
    path.append('L').append(point(seconds, panel, height));
    path.append('L').append(point(seconds, panel, 0)).append('Z');
    add("<path d=\"%s\" fill=\"%s\"/>", path, colour);
  }

  private void recalls() {
    int before = 0;
    for (Moment moment : moments) {
      int recalled = moment.seen().recalled();
      if (recalled > before) {
        add(
            "<path d=\"M%1$.1f %2$d l-5 -9 h10 Z\" fill=\"%3$s\"/>",
            x(moment.second()), top(1), LATE);
      }
      before = recalled;
    }
  }

  private void legend(int panel, int row, String colour, String words) {
    int x = WIDTH - RIGHT + 14;
    int y = top(panel) + 14 + 20 * row;
    add("<rect x=\"%d\" y=\"%d\" width=\"12\" height=\"12\" fill=\"%s\"/>", x, y - 10, colour);
    text(x + 18, y, "start", "", words);
  }

  private void hours() {
    int y = top(2) + PANEL + 18;
    for (int hour = (int) Math.ceil(day.firstHour() / 3) * 3;
        hour <= day.firstHour() + 24;
        hour += 3) {
      double at = (hour - day.firstHour()) / 24 * day.seconds();
      for (int panel = 0; panel < 3; panel++) {
        add(
            "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"#333\"/>",
            x(at), top(panel) + PANEL, x(at), top(panel) + PANEL + 4);
      }
      text(x(at), y, "middle", "fill=\"#333\"", "%d:00".formatted(hour % 24));
    }
    String words = "time of day; 24 hours took %d s".formatted(day.seconds());
    if (seconds > day.seconds()) {
      words += ", the last %d s are as at their end".formatted(seconds - day.seconds());
    }
    text(LEFT, y + 20, "start", "fill=\"#333\"", words);
  }

  private void text(double x, double y, String anchor, String style, String words) {
    add(
        "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" %s>%s</text>",
        x, y, anchor, style, words.replace("&", "&amp;").replace("<", "&lt;"));
  }

  private void add(String format, Object... values) {
    svg.append(String.format(Locale.ROOT, format, values)).append('\n');
  }

  private String point(double second, int panel, double share) {
    return String.format(Locale.ROOT, "%.1f %.1f", x(second), y(panel, share));
  }

  private static int top(int panel) {
    return TOP + panel * (PANEL + GAP);
  }

  private double x(double second) {
    return LEFT + (WIDTH - LEFT - RIGHT) * second / seconds;
  }

  private static double y(int panel, double share) {
    return top(panel) + PANEL * (1 - share);
  }
}
