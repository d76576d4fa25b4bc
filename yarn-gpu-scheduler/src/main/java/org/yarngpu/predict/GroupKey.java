package org.yarngpu.predict;

import com.google.common.hash.HashCode;
import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import com.google.common.primitives.Longs;
import org.yarngpu.model.KeyLevel;

/**
 * What a group of like jobs has in common, as 128 bits: of fixed size whatever names users give,
 * and no file that keeps it shows them. Two of 50,000 groups share a key with a probability below
 * 1e-29.
 *
 * @param high upper half
 * @param low lower half
 */
public record GroupKey(long high, long low) {

  static GroupKey of(KeyLevel level, int gpus, String... parts) {
    Hasher hasher = Hashing.murmur3_128().newHasher();
    hasher.putUnencodedChars(level.code()).putInt(gpus);
    for (String part : parts) {
      hasher.putInt(part.length()).putUnencodedChars(part);
    }
    HashCode hash = hasher.hash();
    byte[] bytes = hash.asBytes();
    return new GroupKey(
        Longs.fromByteArray(bytes),
        Longs.fromBytes(
            bytes[8], bytes[9], bytes[10], bytes[11], bytes[12], bytes[13], bytes[14], bytes[15]));
  }
}
