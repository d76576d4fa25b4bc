package org.yarngpu.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QueueFileTest {
  @TempDir Path folder;

  private QueueTree read(String... keysAndValues) throws IOException, QueueFileException {
    StringBuilder xml = new StringBuilder("<configuration>");
    for (int i = 0; i < keysAndValues.length; i += 2) {
      xml.append(
          "<property><name>yarn.scheduler.capacity.%s</name><value>%s</value></property>"
              .formatted(keysAndValues[i], keysAndValues[i + 1]));
    }
    Path file = folder.resolve("capacity-scheduler.xml");
    Files.writeString(file, xml.append("</configuration>"));
    return QueueFile.read(file);
  }

  @Test
  void sharesAreFractionsOfTheWholeCluster() throws Exception {
    QueueTree tree =
        read(
            "root.queues", "train, serve",
            "root.train.capacity", "60",
            "root.train.maximum-capacity", "80",
            "root.train.queues", "a,b",
            "root.train.a.capacity", "25",
            "root.train.b.capacity", "75",
            "root.train.b.maximum-capacity", "50",
            "root.train.b.priority", "3",
            "root.serve.capacity", "40");
    assertThat(tree.queues())
        .containsExactly(
            new QueueTree.Node("root", "", false, 1, 1, 0),
            new QueueTree.Node("root.train", "root", false, 0.6, 0.8, 0),
            new QueueTree.Node("root.train.a", "root.train", true, 0.15, 0.8, 0),
            new QueueTree.Node("root.train.b", "root.train", true, 0.6 * 0.75, 0.4, 3),
            new QueueTree.Node("root.serve", "root", true, 0.4, 1, 0));
  }

  @Test
  void weightsAreShares() throws Exception {
    QueueTree tree = read("root.queues", "a,b", "root.a.capacity", "1w", "root.b.capacity", "3w");
    assertThat(tree.leaves()).extracting(QueueTree.Node::guaranteed).containsExactly(0.25, 0.75);
  }

  @Test
  void whatCannotBeSimulatedIsRefusedByName() {
    assertThatThrownBy(() -> read("x", "y"))
        .isInstanceOf(QueueFileException.class)
        .hasMessageContaining("root.queues");
    assertThatThrownBy(() -> read("root.queues", "a", "root.a.capacity", "[memory=1024,vcores=2]"))
        .hasMessageContaining("yarn.scheduler.capacity.root.a.capacity")
        .hasMessageContaining("[memory=1024,vcores=2]");
    assertThatThrownBy(
            () -> read("root.queues", "a,b", "root.a.capacity", "50", "root.b.capacity", "40"))
        .hasMessageContaining("90.0 together but must be 100");
    assertThatThrownBy(
            () -> read("root.queues", "a,b", "root.a.capacity", "1w", "root.b.capacity", "40"))
        .hasMessageContaining("one kind");
    assertThatThrownBy(
            () -> {
              Path file = folder.resolve("text.xml");
              Files.writeString(file, "no xml");
              QueueFile.read(file);
            })
        .hasMessageContaining("no XML file");
  }
}
