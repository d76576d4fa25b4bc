import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.zip.GZIPInputStream;

/**
 * Data-parallel training of a small network on the UCI handwritten digits, on the JDK alone.
 *
 * <p>Every member holds the whole model and the whole data. Of each batch it takes its share, and
 * the gradients of all members are summed over TCP at rank 0, always in the order of ranks. So a
 * gang of any size sees the same gradient but for rounding, and its loss curve equals that of one
 * member.
 *
 * <p>Reads RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT; without them it trains alone.
 *
 * <pre>java AllReduceSgd.java --data digits.csv.gz [--curve FILE] [--epochs 30] [--batch 96]
 *     [--learning-rate 0.1] [--seed 1] [--patience-seconds 60] [--checkpoint FILE] [--weights FILE]
 *     [--step-ms 0]</pre>
 *
 * <p>With --checkpoint it saves its work after each epoch and on SIGTERM, and goes on from there
 * when it is started again, with the loss curve that it would have had without the stop. --weights
 * is where the trained network is written to. --step-ms is the least time of a step, as if the
 * network were so large.
 *
 * <p>Exit codes: 0 the loss fell, 1 it did not or a member was lost, 2 wrong usage, 143 stopped by
 * SIGTERM.
 */
public final class AllReduceSgd {
  private static final Set<String> OPTIONS =
      Set.of(
          "--data",
          "--curve",
          "--epochs",
          "--batch",
          "--learning-rate",
          "--seed",
          "--patience-seconds",
          "--checkpoint",
          "--weights",
          "--step-ms");

  private AllReduceSgd() {}

  public static void main(String[] args) {
    try {
      System.exit(train(options(args)));
    } catch (IllegalArgumentException e) {
      System.err.println("AllReduceSgd: " + e.getMessage());
      System.exit(2);
    } catch (IOException e) {
      System.err.println("AllReduceSgd: " + e.getMessage());
      System.exit(1);
    }
  }

  private static int train(Map<String, String> options) throws IOException {
    String data = options.get("--data");
    if (data == null) {
      throw new IllegalArgumentException("--data is missing. Maybe --data digits.csv.gz");
    }
    Course course = Course.of(options);
    int patienceSeconds = Integer.parseInt(options.getOrDefault("--patience-seconds", "60"));

    Digits digits = Digits.read(Path.of(data));
    Network network = new Network(new Random(course.seed()));
    Progress progress = new Progress(course.epochs());
    double accuracy;
    boolean leads;
    try (Star members = Star.join(System.getenv(), patienceSeconds * 1000)) {
      leads = members.rank() == 0;
      Checkpoint checkpoint =
          new Checkpoint(leads ? options.get("--checkpoint") : null, course, network, progress);
      resume(checkpoint, members, network, progress);
      checkpoint.saveOnSigterm();
      try {
        while (progress.epochs() < course.epochs()) {
          runEpoch(course, network, digits, members, progress, checkpoint);
          if (leads) {
            print("epoch %2d loss %.6f%n", progress.epochs(), progress.loss(progress.epochs()));
          }
          checkpoint.save();
        }
      } catch (IOException lost) {
        checkpoint.stopIfTold(); // the others were told first
        checkpoint.save();
        throw lost;
      } finally {
        checkpoint.saveNoMore();
      }
      accuracy = network.accuracy(digits);
    }
    if (leads) {
      print("test accuracy %.4f%n", accuracy);
      if (options.containsKey("--curve")) {
        write(progress, Path.of(options.get("--curve")));
      }
      if (options.containsKey("--weights")) {
        network.write(Path.of(options.get("--weights")));
      }
    }
    return verdict(progress);
  }

  /** All members go on from where rank 0 was when it saved. */
  private static void resume(
      Checkpoint checkpoint, Star members, Network network, Progress progress) throws IOException {
    double[] state =
        members.rank() == 0
            ? checkpoint.read()
            : new double[Network.PARAMETERS + progress.length()];
    members.sum(state); // those of the others are 0
    network.set(state);
    progress.set(state, Network.PARAMETERS);
    if (members.rank() == 0 && progress.isBegun()) {
      print("goes on after %d epochs and %d steps%n", progress.epochs(), progress.steps());
    }
  }

  /** Passes through the training rows, or what is left of them. */
  private static void runEpoch(
      Course course,
      Network network,
      Digits digits,
      Star members,
      Progress progress,
      Checkpoint checkpoint)
      throws IOException {
    int[] order = course.order(progress.epochs() + 1, digits.trainingCount());
    int batch = course.batch();
    for (int from = progress.steps() * batch; from < order.length; from += batch) {
      checkpoint.stopIfTold();
      long began = System.nanoTime();
      int to = Math.min(from + batch, order.length);
      double[] gradient = new double[Network.PARAMETERS + 1];
      for (int at = from + members.rank(); at < to; at += members.size()) {
        network.addGradient(digits.pixels(order[at]), digits.label(order[at]), gradient);
      }
      members.sum(gradient);
      network.step(gradient, course.learningRate() / (to - from));
      progress.step(gradient[Network.PARAMETERS]);
      Star.pause(course.stepMs() - (System.nanoTime() - began) / 1_000_000);
    }
    progress.endEpoch(order.length);
  }

  private static int verdict(Progress progress) {
    double first = progress.loss(1);
    double last = progress.loss(progress.epochs());
    if (last < first) { // false for NaN, too
      return 0;
    }
    System.err.printf(
        Locale.ROOT,
        "AllReduceSgd: the loss went from %.6f to %.6f. Maybe lower --learning-rate.%n",
        first,
        last);
    return 1;
  }

  private static void write(Progress progress, Path file) throws IOException {
    StringBuilder text = new StringBuilder("epoch,loss\n");
    for (int epoch = 1; epoch <= progress.epochs(); epoch++) {
      text.append(epoch).append(',').append(progress.loss(epoch)).append('\n');
    }
    Files.writeString(file, text);
  }

  private static void print(String format, Object... values) {
    System.out.printf(Locale.ROOT, format, values);
    System.out.flush();
  }

  private static Map<String, String> options(String[] args) {
    Map<String, String> options = new HashMap<>();
    for (int i = 0; i < args.length; i += 2) {
      if (!OPTIONS.contains(args[i]) || i + 1 == args.length) {
        throw new IllegalArgumentException(
            args[i] + " is unknown or has no value. Known are " + new TreeSet<>(OPTIONS));
      }
      options.put(args[i], args[i + 1]);
    }
    return options;
  }
}

/**
 * What decides how the training goes.
 *
 * @param stepMs least time of a step
 */
record Course(int epochs, int batch, double learningRate, long seed, int stepMs) {
  static Course of(Map<String, String> options) {
    int epochs = Integer.parseInt(options.getOrDefault("--epochs", "30"));
    int batch = Integer.parseInt(options.getOrDefault("--batch", "96"));
    if (epochs < 2 || batch < 1) {
      throw new IllegalArgumentException(
          "--epochs (" + epochs + ") must be at least 2 and --batch (" + batch + ") at least 1.");
    }
    return new Course(
        epochs,
        batch,
        Double.parseDouble(options.getOrDefault("--learning-rate", "0.1")),
        Long.parseLong(options.getOrDefault("--seed", "1")),
        Integer.parseInt(options.getOrDefault("--step-ms", "0")));
  }

  /** The rows in the order of an epoch. */
  int[] order(int epoch, int rows) {
    Random random = new Random(seed * 1_000_003 + epoch);
    int[] order = new int[rows];
    for (int i = 0; i < rows; i++) {
      int j = random.nextInt(i + 1);
      order[i] = order[j];
      order[j] = i;
    }
    return order;
  }

  /** What a checkpoint was saved by; with other options it would be another training. */
  String words() {
    return "%d epochs of batches of %d, learning rate %s, seed %d"
        .formatted(epochs, batch, learningRate, seed);
  }
}

/**
 * How far the training is: the loss of each epoch that is over, and the steps of the present one.
 */
final class Progress {
  private final double[] losses;
  private int epochs;
  private int steps;
  private double lossSum;

  Progress(int epochsMax) {
    losses = new double[epochsMax];
  }

  int epochs() {
    return epochs;
  }

  int steps() {
    return steps;
  }

  boolean isBegun() {
    return epochs + steps > 0;
  }

  /** Mean loss of the rows in an epoch that is over, from 1. */
  double loss(int epoch) {
    return losses[epoch - 1];
  }

  void step(double loss) {
    lossSum += loss;
    steps++;
  }

  void endEpoch(int rows) {
    losses[epochs++] = lossSum / rows;
    lossSum = 0;
    steps = 0;
  }

  /** How many numbers it is. */
  int length() {
    return losses.length + 3;
  }

  void get(double[] state, int at) {
    state[at] = epochs;
    state[at + 1] = steps;
    state[at + 2] = lossSum;
    System.arraycopy(losses, 0, state, at + 3, losses.length);
  }

  void set(double[] state, int at) {
    epochs = (int) state[at];
    steps = (int) state[at + 1];
    lossSum = state[at + 2];
    System.arraycopy(state, at + 3, losses, 0, losses.length);
  }
}

/**
 * The work that is saved: a file with the training's options in its first line, then network and
 * progress, a number a line. Written beside it and renamed, so that it is always whole.
 */
final class Checkpoint {
  private static final int SAVE_SECONDS_MAX = 10;

  private final Path file;
  private final Course course;
  private final Network network;
  private final Progress progress;
  private final CountDownLatch saved = new CountDownLatch(1);
  private volatile boolean told;

  /**
   * Of a training.
   *
   * @param file null: nothing is saved
   */
  Checkpoint(String file, Course course, Network network, Progress progress) {
    this.file = file == null ? null : Path.of(file);
    this.course = course;
    this.network = network;
    this.progress = progress;
  }

  /** What was saved last; without it, what there is now. */
  double[] read() throws IOException {
    double[] state = state();
    if (file == null || !Files.exists(file)) {
      return state;
    }
    List<String> lines = Files.readAllLines(file);
    if (!lines.get(0).equals(course.words()) || lines.size() != state.length + 1) {
      throw new IllegalArgumentException(
          "%s is of a training with %s, and this is one with %s. Maybe remove it."
              .formatted(file, lines.get(0), course.words()));
    }
    Arrays.setAll(state, i -> Double.parseDouble(lines.get(i + 1)));
    return state;
  }

  void save() throws IOException {
    if (file == null) {
      return;
    }
    StringBuilder text = new StringBuilder(course.words()).append('\n');
    for (double value : state()) {
      text.append(value).append('\n');
    }
    Path part = file.resolveSibling(file.getFileName() + ".part");
    Files.writeString(part, text);
    Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
  }

  /** From now on the program ends by SIGTERM only once the step is over and saved. */
  void saveOnSigterm() {
    if (file != null) {
      Runtime.getRuntime().addShutdownHook(new Thread(this::awaitSaved));
    }
  }

  private void awaitSaved() {
    told = true;
    try {
      saved.await(SAVE_SECONDS_MAX, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Between two steps: once SIGTERM came, saves and never returns. */
  void stopIfTold() throws IOException {
    if (!told) {
      return;
    }
    save();
    System.out.printf("saved after %d epochs and %d steps%n", progress.epochs(), progress.steps());
    System.out.flush();
    saved.countDown();
    while (true) {
      LockSupport.park(); // the virtual machine is on its way down
    }
  }

  /** The program may end. */
  void saveNoMore() {
    saved.countDown();
  }

  private double[] state() {
    double[] state = new double[Network.PARAMETERS + progress.length()];
    network.get(state);
    progress.get(state, Network.PARAMETERS);
    return state;
  }
}

/** Images of 8 x 8 pixels in [0, 1] with labels in [0, 9]; every fifth row is kept for the test. */
final class Digits {
  private final List<double[]> training = new ArrayList<>();
  private final List<Integer> trainingLabels = new ArrayList<>();
  private final List<double[]> test = new ArrayList<>();
  private final List<Integer> testLabels = new ArrayList<>();

  static Digits read(Path file) throws IOException {
    Digits digits = new Digits();
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(new GZIPInputStream(Files.newInputStream(file))))) {
      int row = 0;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        digits.add(line.split(","), row++ % 5 == 4);
      }
    }
    return digits;
  }

  private void add(String[] cells, boolean forTest) {
    double[] pixels = new double[Network.INPUTS];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = Double.parseDouble(cells[i]) / 16;
    }
    int label = (int) Double.parseDouble(cells[Network.INPUTS]);
    (forTest ? test : training).add(pixels);
    (forTest ? testLabels : trainingLabels).add(label);
  }

  int trainingCount() {
    return training.size();
  }

  double[] pixels(int row) {
    return training.get(row);
  }

  int label(int row) {
    return trainingLabels.get(row);
  }

  int testCount() {
    return test.size();
  }

  double[] testPixels(int row) {
    return test.get(row);
  }

  int testLabel(int row) {
    return testLabels.get(row);
  }
}

/** 64 inputs, 32 rectified units, 10 outputs under softmax, trained on cross-entropy. */
final class Network {
  static final int INPUTS = 64;
  private static final int HIDDEN = 32;
  private static final int OUTPUTS = 10;
  private static final int BIAS_1 = HIDDEN * INPUTS;
  private static final int WEIGHT_2 = BIAS_1 + HIDDEN;
  private static final int BIAS_2 = WEIGHT_2 + OUTPUTS * HIDDEN;
  static final int PARAMETERS = BIAS_2 + OUTPUTS;

  private final double[] parameters = new double[PARAMETERS];

  Network(Random random) {
    for (int i = 0; i < BIAS_1; i++) {
      parameters[i] = random.nextGaussian() * Math.sqrt(2.0 / INPUTS);
    }
    for (int i = WEIGHT_2; i < BIAS_2; i++) {
      parameters[i] = random.nextGaussian() * Math.sqrt(2.0 / HIDDEN);
    }
  }

  /** As {@link #write} wrote it. */
  static Network read(Path file) throws IOException {
    List<String> lines = Files.readAllLines(file);
    if (lines.size() != PARAMETERS) {
      throw new IOException(file + " has " + lines.size() + " numbers and not " + PARAMETERS);
    }
    Network network = new Network(new Random(0));
    for (int i = 0; i < PARAMETERS; i++) {
      network.parameters[i] = Double.parseDouble(lines.get(i));
    }
    return network;
  }

  void write(Path file) throws IOException {
    StringBuilder text = new StringBuilder();
    for (double parameter : parameters) {
      text.append(parameter).append('\n');
    }
    Files.writeString(file, text);
  }

  void get(double[] state) {
    System.arraycopy(parameters, 0, state, 0, PARAMETERS);
  }

  void set(double[] state) {
    System.arraycopy(state, 0, parameters, 0, PARAMETERS);
  }

  /** Adds one row's gradient to the first PARAMETERS values and its loss to the one behind. */
  void addGradient(double[] pixels, int label, double[] gradient) {
    double[] hidden = hidden(pixels);
    double[] error = softmax(outputs(hidden));
    gradient[PARAMETERS] -= Math.log(error[label]);
    error[label] -= 1;
    for (int h = 0; h < HIDDEN; h++) {
      double back = 0;
      for (int o = 0; o < OUTPUTS; o++) {
        back += error[o] * parameters[WEIGHT_2 + o * HIDDEN + h];
        gradient[WEIGHT_2 + o * HIDDEN + h] += error[o] * hidden[h];
      }
      if (hidden[h] > 0) {
        gradient[BIAS_1 + h] += back;
        for (int i = 0; i < INPUTS; i++) {
          gradient[h * INPUTS + i] += back * pixels[i];
        }
      }
    }
    for (int o = 0; o < OUTPUTS; o++) {
      gradient[BIAS_2 + o] += error[o];
    }
  }

  void step(double[] gradient, double factor) {
    for (int i = 0; i < PARAMETERS; i++) {
      parameters[i] -= factor * gradient[i];
    }
  }

  /** Returns the share of test rows told right, in [0, 1]. */
  double accuracy(Digits digits) {
    int right = 0;
    for (int row = 0; row < digits.testCount(); row++) {
      right += digit(digits.testPixels(row)) == digits.testLabel(row) ? 1 : 0;
    }
    return (double) right / digits.testCount();
  }

  /** Returns which digit an image shows. */
  int digit(double[] pixels) {
    double[] outputs = outputs(hidden(pixels));
    int best = 0;
    for (int o = 1; o < OUTPUTS; o++) {
      best = outputs[o] > outputs[best] ? o : best;
    }
    return best;
  }

  private double[] hidden(double[] pixels) {
    double[] hidden = new double[HIDDEN];
    for (int h = 0; h < HIDDEN; h++) {
      double sum = parameters[BIAS_1 + h];
      for (int i = 0; i < INPUTS; i++) {
        sum += parameters[h * INPUTS + i] * pixels[i];
      }
      hidden[h] = Math.max(0, sum);
    }
    return hidden;
  }

  private double[] outputs(double[] hidden) {
    double[] outputs = new double[OUTPUTS];
    for (int o = 0; o < OUTPUTS; o++) {
      double sum = parameters[BIAS_2 + o];
      for (int h = 0; h < HIDDEN; h++) {
        sum += parameters[WEIGHT_2 + o * HIDDEN + h] * hidden[h];
      }
      outputs[o] = sum;
    }
    return outputs;
  }

  private static double[] softmax(double[] outputs) {
    double max = Double.NEGATIVE_INFINITY;
    for (double output : outputs) {
      max = Math.max(max, output);
    }
    double sum = 0;
    double[] shares = new double[OUTPUTS];
    for (int o = 0; o < OUTPUTS; o++) {
      shares[o] = Math.exp(outputs[o] - max);
      sum += shares[o];
    }
    for (int o = 0; o < OUTPUTS; o++) {
      shares[o] /= sum;
    }
    return shares;
  }
}

/** The members of the gang, joined in a star around rank 0. */
final class Star implements AutoCloseable {
  private static final int GREETING = 0x67616e67;
  private static final int RETRY_MS = 200;

  private final int rank;
  private final int size;

  /** At rank 0 the member of rank i + 1 stands at i; elsewhere there is only rank 0. */
  private final List<Link> links;

  private Star(int rank, int size, List<Link> links) {
    this.rank = rank;
    this.size = size;
    this.links = links;
  }

  /**
   * Waits for the whole gang.
   *
   * @param patienceMs for every connection and every single answer
   */
  static Star join(Map<String, String> environment, int patienceMs) throws IOException {
    int size = Integer.parseInt(environment.getOrDefault("WORLD_SIZE", "1"));
    int rank = Integer.parseInt(environment.getOrDefault("RANK", "0"));
    if (rank < 0 || rank >= size) {
      throw new IllegalArgumentException("RANK (" + rank + ") must lie in [0, " + size + ").");
    }
    if (size == 1) {
      return new Star(rank, size, List.of());
    }
    String host = environment.get("MASTER_ADDR");
    String port = environment.get("MASTER_PORT");
    if (host == null || port == null) {
      throw new IllegalArgumentException("MASTER_ADDR and MASTER_PORT must be set for a gang.");
    }
    InetSocketAddress center =
        new InetSocketAddress(InetAddress.getByName(host), Integer.parseInt(port));
    long deadlineMs = nowMs() + patienceMs;
    List<Link> links =
        rank == 0
            ? accept(center, size, deadlineMs, patienceMs)
            : List.of(connect(center, rank, deadlineMs, patienceMs));
    return new Star(rank, size, links);
  }

  private static List<Link> accept(
      InetSocketAddress center, int size, long deadlineMs, int patienceMs) throws IOException {
    Link[] links = new Link[size - 1];
    try (ServerSocket server = new ServerSocket()) {
      server.setReuseAddress(true);
      server.bind(center, size);
      for (int joined = 0; joined < links.length; ) {
        server.setSoTimeout((int) Math.max(1, deadlineMs - nowMs()));
        Link link = new Link(acceptOne(server, joined + 1, size), patienceMs);
        int greeting = link.in.readInt();
        int rank = link.in.readInt();
        if (greeting != GREETING || rank < 1 || rank >= size || links[rank - 1] != null) {
          link.close(); // somebody else's connection
          continue;
        }
        links[rank - 1] = link;
        joined++;
      }
    }
    return List.of(links);
  }

  private static Socket acceptOne(ServerSocket server, int joined, int size) throws IOException {
    try {
      return server.accept();
    } catch (SocketTimeoutException e) {
      throw new IOException("only " + joined + " of " + size + " members came in time", e);
    }
  }

  private static Link connect(InetSocketAddress center, int rank, long deadlineMs, int patienceMs)
      throws IOException {
    while (true) {
      Socket socket = new Socket();
      try {
        socket.connect(center, (int) Math.max(1, deadlineMs - nowMs()));
      } catch (ConnectException e) {
        socket.close();
        if (nowMs() + RETRY_MS > deadlineMs) {
          throw new IOException("rank 0 was not at " + center + " in time", e);
        }
        pause(RETRY_MS);
        continue;
      }
      Link link = new Link(socket, patienceMs);
      link.out.writeInt(GREETING);
      link.out.writeInt(rank);
      link.out.flush();
      return link;
    }
  }

  int rank() {
    return rank;
  }

  int size() {
    return size;
  }

  /** Replaces the values, on every member, by the sums over all members. */
  void sum(double[] values) throws IOException {
    if (rank > 0) {
      links.get(0).write(values);
      links.get(0).read(values);
      return;
    }
    double[] theirs = new double[values.length];
    for (Link link : links) {
      link.read(theirs);
      for (int i = 0; i < values.length; i++) {
        values[i] += theirs[i];
      }
    }
    for (Link link : links) {
      link.write(values);
    }
  }

  @Override
  public void close() throws IOException {
    for (Link link : links) {
      link.close();
    }
  }

  private static long nowMs() {
    return System.nanoTime() / 1_000_000;
  }

  /** Waits; not at all where the time is no more than 0. */
  static void pause(long ms) throws IOException {
    try {
      Thread.sleep(Math.max(0, ms));
    } catch (InterruptedException e) {
      throw new IOException("interrupted in the gang", e);
    }
  }

  private static final class Link {
    private final Socket socket;
    private final DataInputStream in;
    private final DataOutputStream out;

    Link(Socket socket, int patienceMs) throws IOException {
      this.socket = socket;
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(patienceMs);
      in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 1 << 16));
      out = new DataOutputStream(new BufferedOutputStream(socket.getOutputStream(), 1 << 16));
    }

    void read(double[] values) throws IOException {
      try {
        for (int i = 0; i < values.length; i++) {
          values[i] = in.readDouble();
        }
      } catch (IOException e) {
        throw new IOException("lost a member of the gang: " + e, e);
      }
    }

    void write(double[] values) throws IOException {
      for (double value : values) {
        out.writeDouble(value);
      }
      out.flush();
    }

    void close() throws IOException {
      socket.close();
    }
  }
}
