package org.yarngpu.sim.fast;

import com.google.common.collect.ImmutableList;
import java.util.OptionalLong;
import org.yarngpu.model.Gang;
import org.yarngpu.model.Placement.Member;

/** A replica of a service, as a gang of one that never ends by itself. */
final class Replica implements Tenant {
  private final FollowedService service;
  private final int number;
  private final Gang gang;
  private ImmutableList<Member> members = ImmutableList.of();
  private long heldSinceMs;
  private long attainedBeforeMs;
  private long nowMs;

  Replica(FollowedService service, int number, Gang gang) {
    this.service = service;
    this.number = number;
    this.gang = gang;
    this.nowMs = gang.submittedMs();
  }

  FollowedService service() {
    return service;
  }

  void start(ImmutableList<Member> placed, long atMs) {
    members = placed;
    heldSinceMs = atMs;
    nowMs = atMs;
  }

  void stop(long atMs) {
    attainedBeforeMs += atMs - heldSinceMs;
    members = ImmutableList.of();
  }

  @Override
  public boolean serves() {
    return true;
  }

  @Override
  public void advance(long toMs) {
    nowMs = toMs;
  }

  @Override
  public int number() {
    return number;
  }

  @Override
  public Gang gang() {
    return gang;
  }

  @Override
  public int gpus() {
    return gang.minimumSize().gpus();
  }

  @Override
  public String user() {
    return gang.user();
  }

  @Override
  public String group() {
    return "";
  }

  @Override
  public OptionalLong estimateMs() {
    return OptionalLong.empty();
  }

  @Override
  public long attainedMs() {
    return attainedBeforeMs + (members.isEmpty() ? 0 : nowMs - heldSinceMs);
  }

  @Override
  public long waitedMs() {
    return Math.max(0, nowMs - gang.submittedMs() - attainedMs());
  }

  @Override
  public long heldSinceMs() {
    return heldSinceMs;
  }

  @Override
  public long checkpointMs() {
    return 0;
  }

  @Override
  public long restartMs() {
    return 0;
  }

  @Override
  public int evictions() {
    return 0;
  }

  @Override
  public ImmutableList<Member> members() {
    return members;
  }
}
