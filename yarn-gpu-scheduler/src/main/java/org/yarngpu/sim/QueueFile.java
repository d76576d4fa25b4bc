package org.yarngpu.sim;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/**
 * Reads the queues out of a capacity-scheduler.xml: names, capacities as percentages or weights,
 * maximum capacities and priorities. Everything else in the file is the real host's.
 */
public final class QueueFile {
  private static final String PREFIX = "yarn.scheduler.capacity.";

  private final Path file;
  private final Map<String, String> properties;
  private final ImmutableList.Builder<QueueTree.Node> queues = ImmutableList.builder();

  private QueueFile(Path file, Map<String, String> properties) {
    this.file = file;
    this.properties = properties;
  }

  /**
   * Reads the tree.
   *
   * @throws IOException if the file cannot be read
   * @throws QueueFileException if it is no queue file, or has capacities that are neither a
   *     percentage nor a weight
   */
  public static QueueTree read(Path file) throws IOException, QueueFileException {
    QueueFile reading = new QueueFile(file, properties(file));
    reading.add("root", "", 1, 1);
    return new QueueTree(reading.queues.build());
  }

  /**
   * All properties of a Hadoop configuration file, by name.
   *
   * @throws IOException if the file cannot be read
   * @throws QueueFileException if it is none
   */
  public static Map<String, String> properties(Path file) throws IOException, QueueFileException {
    NodeList elements;
    try {
      DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
      factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
      factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
      elements =
          factory
              .newDocumentBuilder()
              .parse(file.toFile())
              .getDocumentElement()
              .getElementsByTagName("property");
    } catch (SAXException e) {
      throw new QueueFileException("%s is no XML file: %s".formatted(file, e.getMessage()));
    } catch (ParserConfigurationException e) {
      throw new IllegalStateException("the JDK's XML parser cannot be made safe", e);
    }
    Map<String, String> properties = new TreeMap<>();
    for (int i = 0; i < elements.getLength(); i++) {
      Element property = (Element) elements.item(i);
      NodeList name = property.getElementsByTagName("name");
      NodeList value = property.getElementsByTagName("value");
      if (name.getLength() == 1 && value.getLength() == 1) {
        properties.put(name.item(0).getTextContent().trim(), value.item(0).getTextContent().trim());
      }
    }
    return properties;
  }

  private void add(String path, String parent, double guaranteed, double maximum)
      throws QueueFileException {
    ImmutableList<String> children =
        ImmutableList.copyOf(
            Splitter.on(',').trimResults().omitEmptyStrings().split(text(path, "queues", "")));
    if (path.equals("root") && children.isEmpty()) {
      throw new QueueFileException(
          "%s has no %sroot.queues. Maybe another file was meant.".formatted(file, PREFIX));
    }
    queues.add(
        new QueueTree.Node(
            path,
            parent,
            children.isEmpty(),
            guaranteed,
            maximum,
            (int) number(path, "priority", text(path, "priority", "0"))));
    double sum = 0;
    int weighted = 0;
    for (String child : children) {
      String capacity = text(path + "." + child, "capacity", "0");
      sum += size(path + "." + child, capacity);
      weighted += capacity.endsWith("w") ? 1 : 0;
    }
    if (weighted > 0 && weighted < children.size()) {
      throw new QueueFileException(
          "%s: the queues under %s have weights and percentages. Maybe give all of them one kind."
              .formatted(file, path));
    }
    if (weighted == 0 && !children.isEmpty() && Math.abs(sum - 100) > 0.01) {
      throw new QueueFileException(
          "%s: the capacities of the queues under %s are %s together but must be 100."
              .formatted(file, path, sum));
    }
    for (String child : children) {
      String childPath = path + "." + child;
      double part = size(childPath, text(childPath, "capacity", "0")) / sum;
      double most =
          number(childPath, "maximum-capacity", text(childPath, "maximum-capacity", "100"));
      add(
          childPath,
          path,
          Math.min(1, guaranteed * part),
          most < 0 ? maximum : maximum * Math.min(100, most) / 100);
    }
  }

  private double size(String path, String capacity) throws QueueFileException {
    return number(
        path,
        "capacity",
        capacity.endsWith("w") ? capacity.substring(0, capacity.length() - 1) : capacity);
  }

  private String text(String path, String key, String otherwise) {
    return properties.getOrDefault(PREFIX + path + "." + key, otherwise);
  }

  private double number(String path, String key, String text) throws QueueFileException {
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException e) {
      throw new QueueFileException(
          "%s: %s%s.%s is \"%s\" but must be a number such as 40, or a weight such as 2w. Amounts in brackets are not simulated."
              .formatted(file, PREFIX, path, key, text));
    }
  }
}
