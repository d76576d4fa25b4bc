package org.yarngpu.planner;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Iterables;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Forecast;
import org.yarngpu.model.Gang;
import org.yarngpu.model.GangId;
import org.yarngpu.model.Placement.Member;

/** The reservations of one partition in the course of a cycle, in their order. */
final class Shadows {
  /** A gang that ends so little after a reservation begins does not delay it. */
  private static final long SLACK_MS = 1_000;

  private final ClusterSnapshot snapshot;
  private final List<Shadow> firm = new ArrayList<>();
  private final List<Shadow> byForecast = new ArrayList<>();

  /**
   * What gangs may use, by the shadows that are in their way, as bits, on each model; void when any
   * moves.
   */
  private final Map<ImmutableMap<String, Integer>, Room> rooms = new HashMap<>();

  /** Stands for all models on which a gang has speed 1. */
  private static final String OTHERS = "";

  Shadows(ClusterSnapshot snapshot) {
    this.snapshot = snapshot;
  }

  void add(Shadow shadow) {
    byForecast.add(shadow);
    forgetRooms();
  }

  /** Adds one that the draft holds whatever run times say. */
  void addFirm(Shadow shadow) {
    firm.add(shadow);
    forgetRooms();
  }

  /** What is free has changed. */
  void forgetRooms() {
    rooms.clear();
  }

  boolean has(GangId gang) {
    return Iterables.any(all(), shadow -> shadow.gang().equals(gang));
  }

  int size() {
    return firm.size() + byForecast.size();
  }

  /** The firm ones first. */
  Iterable<Shadow> all() {
    return Iterables.concat(firm, byForecast);
  }

  /** Those of gangs that come before this one; all if it has none. */
  ImmutableList<Shadow> before(GangId gang) {
    ImmutableList.Builder<Shadow> before = ImmutableList.builder();
    for (Shadow shadow : byForecast) {
      if (shadow.gang().equals(gang)) {
        break;
      }
      before.add(shadow);
    }
    return before.build();
  }

  /**
   * What is left for the gang of what is reserved by forecast: all of it if the gang is forecast to
   * be done before, by the median if it yields cheaply, else by the 0.9-quantile.
   *
   * @param open what nobody holds
   */
  Room room(Gang gang, Room open) {
    return rooms.computeIfAbsent(inTheWay(gang), bits -> without(bits, open));
  }

  private ImmutableMap<String, Integer> inTheWay(Gang gang) {
    @Nullable Forecast forecast = snapshot.forecasts().get(gang.id());
    ImmutableMap.Builder<String, Integer> byModel = ImmutableMap.builder();
    boolean yields = snapshot.yieldsCheaply(gang.id());
    byModel.put(OTHERS, inTheWay(forecast, yields));
    if (forecast != null) {
      forecast.speeds().keySet().stream()
          .filter(model -> !model.equals(OTHERS))
          .forEach(model -> byModel.put(model, inTheWay(forecast.on(model), yields)));
    }
    return byModel.build();
  }

  private int inTheWay(@Nullable Forecast forecast, boolean yields) {
    int bits = 0;
    for (int s = 0; s < byForecast.size(); s++) {
      long beginsInMs = byForecast.get(s).inMs() + SLACK_MS;
      if (forecast == null || endsInMs(forecast, yields) > beginsInMs) {
        bits |= 1 << s;
      }
    }
    return bits;
  }

  /** Who can be evicted for little need not be sure to end in time. */
  private static long endsInMs(Forecast forecast, boolean yields) {
    return yields ? forecast.remainingMs() : forecast.remainingUpperMs();
  }

  private Room without(ImmutableMap<String, Integer> inTheWay, Room open) {
    Room room = open.copy();
    int others = inTheWay.getOrDefault(OTHERS, 0);
    for (int s = 0; s < byForecast.size(); s++) {
      for (Member member : byForecast.get(s).members()) {
        if ((inTheWay.getOrDefault(room.modelOf(member), others) & 1 << s) != 0) {
          room.takeAtMost(member);
        }
      }
    }
    return room;
  }
}
