# shellcheck shell=bash disable=SC2154 # what it uses is set by scripts/demo
# The scene of scripts/demo backfill: a service by day, training at night. Sourced.

day_seconds=120
peak_per_second=65
slo_ms=2000
service_ms=200
service_concurrency=4
service_rate=11 # of the 20 that service_ms allows: the rest is for what comes while a replica starts
replica_gpus=2
replicas_min=2
replicas_max=7
nodes=4
gpus_in_all=16
epochs=30
step_ms=135
accuracy_min=0.92

jvm_small=(-Xmx64m -XX:+UseSerialGC -XX:TieredStopAtLevel=1)

# Compiles the programs and trains the network that the service answers with; its loss is what the
# trainings must come to.
build_digits() {
  mkdir -p "$work/classes"
  "$JAVA_HOME/bin/javac" -d "$work/classes" "$project"/scripts/backfill/*.java \
    "$project/scripts/training/AllReduceSgd.java"
  "$JAVA_HOME/bin/jar" cf "$work/digits.jar" -C "$work/classes" .
  "$JAVA_HOME/bin/java" -cp "$work/digits.jar" AllReduceSgd \
    --data "$project/scripts/training/digits.csv.gz" --epochs $epochs \
    --curve "$work/loss.csv" --weights "$work/weights" >"$work/weights.log"
}

submit_service() {
  cluster yarn jar "$tools_jar" serve --detach --name digits --queue inference \
    --min $replicas_min --max $replicas_max --gpus $replica_gpus --memory 256m --health /health --metrics /metrics \
    --slo-ms $slo_ms --concurrency $service_concurrency --service-rate $service_rate \
    --shrink-after 10s --drain 10s --file "$work/digits.jar" --file "$work/weights" \
    -- "$JAVA_HOME/bin/java" "${jvm_small[@]}" -Dsun.net.httpserver.nodelay=true -cp digits.jar \
    DigitsServer --weights weights --service-ms $service_ms --concurrency $service_concurrency \
    >"$work/digits.out" 2>&1 || fail "the service could not be submitted: $(tail -3 "$work/digits.out")"
}

submit_training() { # <name> <workers>
  local name=$1
  mkdir -p "$work/$name"
  cluster yarn jar "$tools_jar" train --detach --opportunistic --name "$name" --queue train \
    --workers "$2" --memory 256m --checkpoint-interval 10s \
    --checkpoint-path "file://$work/$name/checkpoint" --file "$work/digits.jar" \
    --file "$project/scripts/training/digits.csv.gz" \
    -- "$JAVA_HOME/bin/java" "${jvm_small[@]}" -cp digits.jar AllReduceSgd --data digits.csv.gz \
    --epochs $epochs --step-ms $step_ms --checkpoint "$work/$name/checkpoint" \
    --curve "$work/$name/loss.csv" >"$work/$name.out" 2>&1 ||
    fail "$name could not be submitted: $(tail -3 "$work/$name.out")"
}

await_replicas() { # <number>
  local answer deadline=$((SECONDS + 90))
  until answer=$(http_get 127.0.0.1 $((port + 8)) "/proxy/$(id_of digits)/endpoints") &&
    (($(grep -o '"READY"' <<<"$answer" | wc -l) >= $1)); do
    ((SECONDS < deadline)) || fail "no $1 replicas serve; logs in $dir/cluster/logs"
    sleep 0.5
  done
}

# A training that was stopped must have learned what one without a stop learns.
must_have_learned() { # <name>
  local answer
  answer=$(http_get 127.0.0.1 $((port + 8)) "/ws/v1/cluster/apps/$(id_of "$1")")
  [[ $answer == *'"finalStatus":"SUCCEEDED"'* ]] ||
    fail "$1 did not succeed: $(grep -o '"diagnostics":"[^"]*"' <<<"$answer")"
  paste -d, "$work/loss.csv" "$work/$1/loss.csv" | awk -F, -v name="$1" '
    NR > 1 { d = $2 - $4; if (d < 0) d = -d; if (d > most) most = d; last = $4 }
    END {
      printf "  %-15s loss %.4f, within %.2g of a training without a stop\n", name, last, most
      exit !(NR > 2 && most < 1e-9)
    }' || fail "the loss of $1 is not what it should be"
}

backfill() {
  local pid pids=() terminal=false
  if [[ -t 1 ]]; then terminal=true; fi
  in_background build_digits
  cluster start --port "$port" --nodes $nodes --conf "$project/scripts/backfill/conf" |
    sed -n 's/^\[.*\] \(up after .*\)/\1/p' >"$work/up"
  say "$(<"$work/up")"
  wait "${background[-1]}" || fail "the programs could not be built"
  say "the network that the service answers with: $(tail -1 "$work/weights.log")"
  in_background submit_service
  in_background submit_training night-a 4
  in_background submit_training night-b 3
  pids=("${background[@]: -3}")
  for pid in "${pids[@]}"; do wait "$pid"; done
  await_replicas $replicas_min
  say "a service, digits, and two trainings on what it leaves idle, of 4 and 3 GPUs; the day begins"
  say "S serves, L is lent to training, . is idle"
  in_background "$JAVA_HOME/bin/java" -Xmx256m -XX:+UseSerialGC -cp "$work/digits.jar" BackfillDay \
    --rm "http://127.0.0.1:$((port + 8))" --service "$(id_of digits)" \
    --trainings "night-a=$(id_of night-a),night-b=$(id_of night-b)" --checkpoints "$work" \
    --epochs $epochs --data "$project/scripts/training/digits.csv.gz" --load "$load" \
    --seconds $day_seconds --peak $peak_per_second --slo-ms $slo_ms --gpus $gpus_in_all \
    --replica-gpus $replica_gpus \
    --accuracy $accuracy_min --terminal $terminal --out "$dir"
  wait "${background[-1]}" || fail "the day did not go as it should"
  must_have_learned night-a
  must_have_learned night-b
  say "picture: ${dir#"$PWD"/}/backfill.svg, numbers: day.csv beside it"
  cluster yarn application -kill "$(id_of digits)" >>"$work/digits.out" 2>&1
}
