package org.yarngpu.config;

import org.yarngpu.model.LeafOrderName;

/** The keys as a file that an operator copies, and as a page of the documents. */
public final class ReferencePage {
  private ReferencePage() {}

  /** {@code conf/gpu-scheduler.xml}: every key with its default. */
  public static String xml() {
    StringBuilder xml =
        new StringBuilder(
            """
            <?xml version="1.0" encoding="UTF-8"?>
            <!-- The GPU scheduler's own settings; queues stay in capacity-scheduler.xml. Each key stands
                 here with its default. Reload with: yarn rmadmin -refreshQueues -->
            <configuration>
            """);
    for (ConfigKey<?> key : Keys.ALL) {
      xml.append(
          """
            <property>
              <name>%s</name>
              <value>%s</value>
              <description>%s Must be %s.</description>
            </property>
          """
              .formatted(key.name(), key.defaultText(), key.description(), key.accepted()));
    }
    return xml.append("</configuration>\n").toString();
  }

  /** {@code docs/configuration.md}. */
  public static String markdown() {
    StringBuilder page =
        new StringBuilder(
            """
            # Configuration

            The scheduler reads `gpu-scheduler.xml` from the ResourceManager's class path, and again at
            `yarn rmadmin -refreshQueues`. Queues stay in `capacity-scheduler.xml`. An unknown key or a
            bad value stops the start, with the key, the value and what is accepted; at a refresh the
            old settings stay.

            | Key | Default | Must be | What it does |
            | --- | --- | --- | --- |
            """);
    for (ConfigKey<?> key : Keys.ALL) {
      page.append(
          "| `%s` | %s | %s | %s |\n"
              .formatted(key.name(), key.defaultText(), key.accepted(), key.description()));
    }
    return page.append(
            """

            ## Order of a queue

            `%s<queue path>%s` says who goes first within a queue, and within all queues below it that
            have no order of their own: %s. Example: `%sroot.batch%s` = `fifo`. What each does is in
            [operating.md](operating.md).

            ## Defaults of a queue

            `%s<queue path>.<declaration>` is what jobs of that leaf queue declare when they say nothing
            themselves, for clients that can carry no declaration, such as YARN services. Example:
            `%sroot.batch.gpu.gang.timeout` = `2h`. The declarations are listed in
            [submitting.md](submitting.md).
            """
                .formatted(
                    Keys.QUEUE_PREFIX,
                    Keys.ORDER_SUFFIX,
                    LeafOrderName.ACCEPTED,
                    Keys.QUEUE_PREFIX,
                    Keys.ORDER_SUFFIX,
                    Keys.QUEUE_PREFIX,
                    Keys.QUEUE_PREFIX))
        .toString();
  }
}
