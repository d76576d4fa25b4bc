# shellcheck shell=bash disable=SC2154 # what it uses is set by scripts/demo
# The scenes of scripts/demo gangs: two gangs under two schedulers, a wide one, a training. Sourced.

stuck_seconds=20
gang_compute_seconds=6
small_compute_seconds=12
small_jobs_before=6

# Of each job by name: members, and what poll saw of it last.
declare -A members state gpus diagnostics idle_ms submitted_ms

# --- jobs -------------------------------------------------------------------------------------

# Submits a gang of one-GPU members: submit <name> <queue> <members> [train option...] -- command
submit() {
  local name=$1 queue=$2 size=$3
  shift 3
  mkdir -p "$work/$name"
  cluster yarn jar "$tools_jar" train --detach --name "$name" --queue "$queue" --workers "$size" \
    --gpus-per-worker 1 --memory 256m --env "MARKS=$work/$name" "$@" >"$work/$name.out" 2>&1 ||
    fail "$name could not be submitted: $(tail -3 "$work/$name.out")"
}

# Whether all members of a job have begun to compute; each leaves a mark when it does.
has_begun() { (($(find "$work/$1" -name 'member-*' | wc -l) == members[$1])); }

now_ms() { echo $((${EPOCHREALTIME/[.,]/} / 1000)); }

# When the last member of a job began to compute.
begun_ms() { sort -n "$work/$1"/member-* | tail -1; }

# Reads state and GPUs of every job, and adds up what is held without computing.
poll() {
  local now name answer app
  sleep 0.5
  answer=$(http_get 127.0.0.1 $((port + 8)) /ws/v1/cluster/apps) ||
    fail "the ResourceManager does not answer; see $dir/cluster/logs/rm.log"
  now=$(now_ms)
  while read -r app; do
    [[ $app =~ \"name\":\"([^\"]+)\" ]] || continue # what stands before the first job
    name=${BASH_REMATCH[1]}
    [[ $app =~ \"state\":\"([A-Z_]+)\" ]] && state[$name]=${BASH_REMATCH[1]}
    [[ $app =~ \"startedTime\":([0-9]+) ]] && submitted_ms[$name]=${BASH_REMATCH[1]}
    [[ $app =~ \"diagnostics\":\"([^\"]*)\" ]] && diagnostics[$name]=${BASH_REMATCH[1]}
    gpus[$name]=0
    if [[ ${state[$name]} == RUNNING &&
      $app =~ \"used\":[^]]*yarn.io.gpu\"[^}]*\"value\":([0-9]+) ]]; then
      gpus[$name]=${BASH_REMATCH[1]}
      [[ -z ${members[$name]:-} ]] || has_begun "$name" || idle_ms[$name]=$((${idle_ms[$name]:-0} +
        gpus[$name] * (now - polled_ms)))
    fi
  done <<<"${answer//"{\"id\""/$'\n'}"
  polled_ms=$now
}

# Polls until a condition holds: await <seconds> <what> <command...>
await() {
  local deadline=$((SECONDS + $1)) what=$2
  shift 2
  polled_ms=$(now_ms)
  until "$@"; do
    ((SECONDS < deadline)) || fail "$what did not happen in time"
    poll
  done
}

is_in_state() { [[ ${state[$1]:-} =~ ^($2)$ ]]; }

both_in_state() { is_in_state "$1" "$3" && is_in_state "$2" "$3"; }

must_have_succeeded() {
  local answer
  answer=$(http_get 127.0.0.1 $((port + 8)) "/ws/v1/cluster/apps/$(id_of "$1")")
  [[ $answer == *'"finalStatus":"SUCCEEDED"'* ]] ||
    fail "$1 did not succeed: ${diagnostics[$1]:-no diagnostics}"
}

# Adds a job to the closing table: note <scheduler> <name> <end>
note() {
  local start=never
  if has_begun "$2"; then
    start=$(awk -v ms=$(($(begun_ms "$2") - submitted_ms[$2])) 'BEGIN { printf "%.1f s", ms / 1000 }')
  fi
  table+=("$(printf '%-10s %-10s %2d x 1 GPU  %-9s %6.1f GPU-s  %s' "$1" "$2" "${members[$2]}" \
    "$start" "$(awk -v ms="${idle_ms[$2]:-0}" 'BEGIN { print ms / 1000 }')" "$3")")
}

# --- scenes -----------------------------------------------------------------------------------

# Two gangs of 8 in two queues come while a job of 12 runs, so that both wait when it ends.
submit_two_gangs() {
  local held=$1 first=$2 second=$3
  members+=([$held]=12 [$first]=8 [$second]=8)
  submit "$held" train 12 -- bash "$work/member.sh" until "$work/$held/go"
  await 60 "the start of $held" has_begun "$held"
  in_background submit "$first" train 8 -- bash "$work/member.sh" "$gang_compute_seconds"
  submit "$second" adhoc 8 -- bash "$work/member.sh" "$gang_compute_seconds"
  wait "${background[-1]}"
  await 60 "the start of both application masters" both_in_state "$first" "$second" RUNNING
  sleep 2 # until both have asked
  say "$held (12 GPUs) ends; $first and $second ask for 8 GPUs each"
  touch "$work/$held/go"
  await 30 "the end of $held" is_in_state "$held" FINISHED
}

stuck() {
  local now="${gpus[stock-1]:-0}+${gpus[stock-2]:-0}"
  if [[ $now != "$held_before" ]]; then
    held_before=$now
    held_since=$SECONDS
  fi
  if has_begun stock-1 || has_begun stock-2; then
    fail "a gang ran under the stock scheduler with $now GPUs held: no deadlock to show"
  fi
  ((SECONDS - held_since >= stuck_seconds))
}

scene_1() {
  local line
  begin 1 "stock CapacityScheduler, two gangs of 8 on 12 GPUs"
  line=$(cluster start --scheduler stock --port "$port" | sed -n 's/^\[.*\] \(up after .*\)/\1/p')
  say "$line"
  submit_two_gangs stock-0 stock-1 stock-2
  held_before="" held_since=$SECONDS
  await 90 "the deadlock" stuck
  ((gpus[stock-1] > 0 && gpus[stock-2] > 0)) || fail "one gang holds nothing: $held_before GPUs"
  say "stuck: they hold $held_before GPUs, unchanged for $stuck_seconds s, and neither computes"
  note stock stock-1 "stuck with ${gpus[stock-1]}, killed"
  note stock stock-2 "stuck with ${gpus[stock-2]}, killed"
  local name
  for name in stock-1 stock-2; do
    cluster yarn application -kill "$(id_of $name)" >>"$work/$name.out" 2>&1
  done
  await 30 "the end of both" both_in_state stock-1 stock-2 KILLED
}

one_of_two_begun() { has_begun gang-1 || has_begun gang-2; }

scene_2() {
  local line
  begin 2 "GpuScheduler, the same two gangs; one property is changed"
  line=$(cluster restart-rm --scheduler gpu | sed -n 's/^\[.*\] \(up again .*\)/\1/p')
  say "$line"
  submit_two_gangs gang-0 gang-1 gang-2
  await 30 "the start of one gang" one_of_two_begun
  local waits=gang-2
  if has_begun gang-2; then waits=gang-1; fi
  poll
  say "one gang computes; $waits holds ${gpus[$waits]} GPUs and waits:"
  say "  ${diagnostics[$waits]}"
  await 60 "the end of both" both_in_state gang-1 gang-2 FINISHED
  local name
  for name in gang-1 gang-2; do
    must_have_succeeded $name
    note gpu $name finished
  done
}

small_count() { # <pattern of the state>
  local name count=0
  for name in "${!state[@]}"; do
    if [[ $name == small-* && ${state[$name]} =~ ^($1)$ ]]; then count=$((count + 1)); fi
  done
  echo "$count"
}

# Submits 1-GPU jobs one after another: small_jobs <first number> <last number>
small_jobs() {
  local number
  for ((number = $1; number <= $2; number++)); do
    [[ ! -e $work/stream-ends ]] || return 0
    submit "small-$number" adhoc 1 -- bash "$work/member.sh" "$small_compute_seconds"
  done
}

no_small_job_left() { [[ $(small_count 'NEW|NEW_SAVING|SUBMITTED|ACCEPTED|RUNNING') == 0 ]]; }

# How many of the 1-GPU jobs that came after wide began to compute before it.
overtakers() {
  local name count=0
  for name in "${!state[@]}"; do
    if [[ $name == small-* && ${submitted_ms[$name]} -gt ${submitted_ms[wide]} ]] &&
      (($(cat "$work/$name/member-0") < $(begun_ms wide))); then
      count=$((count + 1))
    fi
  done
  echo "$count"
}

wide_begins() {
  [[ -z ${diagnostics[wide]:-} ]] || reason=${diagnostics[wide]}
  has_begun wide
}

scene_3() {
  begin 3 "GpuScheduler, a gang of 12 behind a stream of 1-GPU jobs"
  local reason=""
  in_background small_jobs 1 $((small_jobs_before / 2))
  small_jobs $((small_jobs_before / 2 + 1)) "$small_jobs_before"
  wait "${background[-1]}"
  in_background small_jobs $((small_jobs_before + 1)) 99
  members[wide]=12
  submit wide train 12 -- bash "$work/member.sh" "$gang_compute_seconds"
  poll
  say "$(small_count RUNNING) small jobs run, more come; wide asks for all 12 GPUs"
  await 60 "the start of wide" wide_begins
  say "wide computes on 12 GPUs after it had waited for:"
  say "  ${reason:-nothing}"
  await 60 "the end of wide" is_in_state wide FINISHED
  must_have_succeeded wide
  touch "$work/stream-ends"
  wait "${background[-1]}"
  await 90 "the end of the small jobs" no_small_job_left
  note gpu wide "finished; $(overtakers) of $(($(small_count FINISHED) - small_jobs_before)) later 1-GPU jobs went ahead"
}

scene_4() {
  begin 4 "GpuScheduler, a gang of 4 trains on handwritten digits ($trainer)"
  local training=$project/scripts/training
  members[training]=4
  submit training train 4 --file "$training/$trainer" --file "$training/digits.csv.gz" \
    --file "$work/member.sh" -- bash member.sh "${runtime[@]}" "$trainer" \
    --data digits.csv.gz --curve "$work/loss.csv"
  await 90 "the end of the training" is_in_state training 'FINISHED|FAILED|KILLED'
  must_have_succeeded training
  note gpu training "finished; $(plot)"
}

# Draws the loss curve on the terminal and prints in one line how far it fell.
plot() {
  awk -F, 'NR > 1 { loss[NR - 1] = $2 }
    END {
      for (i = 1; i < NR; i += (i == 1 ? 4 : 5)) {
        bar = sprintf("%*s", int(loss[i] / loss[1] * 50), ""); gsub(/ /, "#", bar)
        printf "         epoch %2d  loss %.3f  %s\n", i, loss[i], bar > "/dev/stderr"
      }
      printf "loss %.3f to %.3f", loss[1], loss[NR - 1]
    }' "$work/loss.csv"
}

gangs() {
  if $torch; then
    trainer=ddp.py runtime=(/usr/bin/python3)
    /usr/bin/python3 -c 'import torch' 2>/dev/null || install_packages python3-torch
  else
    trainer=AllReduceSgd.java runtime=("$JAVA_HOME/bin/java")
  fi
  cat >"$work/member.sh" <<'MEMBER'
# A member of a gang: leaves a mark, then computes: sleeps, waits for a file, or runs a command.
date +%s%3N >"$MARKS/member-$RANK"
case $1 in
  until) while [[ ! -e $2 ]]; do sleep 0.2; done ;;
  [0-9]*) exec sleep "$1" ;;
  *) exec "$@" ;;
esac
MEMBER
  scene_1
  scene_2
  scene_3
  scene_4
}
