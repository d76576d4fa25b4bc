package org.yarngpu.rm;

import java.util.Map;

/**
 * How busy GPUs are, as far as nodes tell; JMX {@code Hadoop:service=ResourceManager,name=GpuUse}.
 */
public interface GpuUseMXBean {

  /**
   * By application: mean percent of the devices that its containers have and whose use is known.
   */
  Map<String, Long> getPercentByApplication();

  /** By node: mean percent of its devices whose use is known, idle ones included. */
  Map<String, Long> getPercentByNode();
}
