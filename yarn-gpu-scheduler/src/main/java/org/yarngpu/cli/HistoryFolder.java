package org.yarngpu.cli;

import org.yarngpu.history.hadoop.HadoopFolder;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads the address of a folder with a history. */
final class HistoryFolder implements ITypeConverter<HadoopFolder> {
  @Override
  public HadoopFolder convert(String uri) {
    try {
      return HadoopFolder.at(uri);
    } catch (IllegalArgumentException wrong) {
      throw new TypeConversionException(
          "\"%s\" is no address of a folder (%s). Maybe write it as file:///folder or hdfs://host/folder"
              .formatted(uri, wrong.getMessage()));
    }
  }
}
