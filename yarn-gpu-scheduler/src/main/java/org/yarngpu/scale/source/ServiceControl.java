package org.yarngpu.scale.source;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.io.FileNotFoundException;
import java.io.IOException;

/** What the owner of a service of YARN's own can ask and have done. */
public interface ServiceControl extends AutoCloseable {

  /**
   * Asks for the service's status, as JSON.
   *
   * @throws FileNotFoundException if there is no such service
   * @throws IOException if nobody answers now
   */
  String status() throws IOException;

  /**
   * Asks for the free GPUs of the cluster's nodes, by host; a node may be missing.
   *
   * @throws IOException if nobody answers now
   */
  ImmutableMap<String, Integer> freeGpus() throws IOException;

  /**
   * Has a component have so many instances; from more than those the newest go.
   *
   * @throws IOException if it is refused or nobody answers
   */
  void flex(String component, int count) throws IOException;

  /**
   * Ends instances for good; the component has as many fewer.
   *
   * @throws IOException if it is refused or nobody answers
   */
  void decommission(ImmutableList<String> instances) throws IOException;

  @Override
  void close();

  /** The same service, of which nothing is changed. */
  default ServiceControl readOnly() {
    ServiceControl real = this;
    return new ServiceControl() {
      @Override
      public String status() throws IOException {
        return real.status();
      }

      @Override
      public ImmutableMap<String, Integer> freeGpus() throws IOException {
        return real.freeGpus();
      }

      @Override
      public void flex(String component, int count) {}

      @Override
      public void decommission(ImmutableList<String> instances) {}

      @Override
      public void close() {
        real.close();
      }
    };
  }
}
