package org.yarngpu.rm;

import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.yarn.FileSystemBasedConfigurationProvider;
import org.apache.hadoop.yarn.conf.ConfigurationProvider;
import org.apache.hadoop.yarn.conf.YarnConfiguration;
import org.apache.hadoop.yarn.exceptions.YarnException;
import org.apache.hadoop.yarn.server.resourcemanager.RMContext;
import org.jspecify.annotations.Nullable;
import org.yarngpu.config.Keys;
import org.yarngpu.config.Settings;

/** {@code gpu-scheduler.xml}, from where the ResourceManager reads capacity-scheduler.xml. */
final class SettingsFile {
  static final String NAME = "gpu-scheduler.xml";

  private SettingsFile() {}

  /**
   * Reads the file anew; keys under the prefix in yarn-site.xml count too, and the file wins.
   *
   * @throws IOException if the file cannot be read
   * @throws org.yarngpu.config.ConfigException if a key or value is wrong
   */
  static Settings read(Configuration yarnConf, RMContext context) throws IOException {
    Configuration file = new Configuration(false);
    InputStream stream = stream(yarnConf, context);
    if (stream != null) {
      file.addResource(stream, NAME);
    } else {
      file.addResource(NAME);
    }
    Map<String, String> properties = new HashMap<>(ours(yarnConf));
    properties.putAll(ours(file));
    return Settings.from(properties);
  }

  /**
   * The file in the store of a file-system based configuration; null means the class path.
   *
   * <p>A provider finds by their bare names only the files it knows. Another name is a path to it:
   * for the local provider one in the daemon's working directory, which is never meant.
   */
  private static @Nullable InputStream stream(Configuration yarnConf, RMContext context)
      throws IOException {
    ConfigurationProvider provider = context.getConfigurationProvider();
    if (!(provider instanceof FileSystemBasedConfigurationProvider)) {
      return null;
    }
    String store =
        yarnConf.get(
            YarnConfiguration.FS_BASED_RM_CONF_STORE,
            YarnConfiguration.DEFAULT_FS_BASED_RM_CONF_STORE);
    try {
      return provider.getConfigurationInputStream(yarnConf, store + "/" + NAME);
    } catch (YarnException e) {
      throw new IOException("Cannot read " + NAME + ": " + e.getMessage(), e);
    }
  }

  private static ImmutableMap<String, String> ours(Configuration conf) {
    return ImmutableMap.copyOf(conf.getPropsWithPrefix(Keys.PREFIX)).entrySet().stream()
        .collect(
            ImmutableMap.toImmutableMap(
                entry -> Keys.PREFIX + entry.getKey(), Map.Entry::getValue));
  }
}
