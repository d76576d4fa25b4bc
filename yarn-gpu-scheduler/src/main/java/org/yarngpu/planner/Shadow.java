package org.yarngpu.planner;

import com.google.common.collect.ImmutableList;
import org.yarngpu.model.GangId;
import org.yarngpu.model.Placement.Member;

/**
 * A reservation by forecast: where a waiting gang is expected to start, and when.
 *
 * @param gang whose
 * @param inMs time until its start; 0 is as soon as what is promised to others allows
 * @param members what it will hold
 */
record Shadow(GangId gang, long inMs, ImmutableList<Member> members) {}
