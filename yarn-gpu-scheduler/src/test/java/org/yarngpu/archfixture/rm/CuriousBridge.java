package org.yarngpu.archfixture.rm;

import com.fasterxml.jackson.databind.ObjectMapper;

/** Breaks the rule of the ResourceManager's package. */
public final class CuriousBridge {
  ObjectMapper mapper;
}
