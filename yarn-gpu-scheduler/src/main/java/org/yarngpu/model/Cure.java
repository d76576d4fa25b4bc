package org.yarngpu.model;

/** What would help a rejected gang. */
public enum Cure {
  /** It fits once running work ends or a limit frees. */
  TIME,
  /** It fits if a person acts. */
  OPERATOR,
  /** Never, as asked. */
  NONE
}
