package org.yarngpu.config;

/** An operator's mistake: the sentence names key, value and what is accepted. */
public final class ConfigException extends RuntimeException {
  public ConfigException(String message) {
    super(message);
  }
}
