# shellcheck shell=bash disable=SC2034,SC2154 # the variables are those of mail-servers
# Processes: known by number and start time, so that a number used again is never taken for ours.

# Prints the start time of a process in clock ticks since boot; fails when there is no such process or it is a zombie.
start_time() {
  local stat
  # Not $(<file): bash ends the whole script when the process goes away between the opening and the reading.
  { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
  # After the name in parentheses: state is the first field, start time the twentieth.
  local -a fields
  read -ra fields <<<"${stat##*) }"
  [ "${fields[0]}" != Z ] || return 1
  printf '%s\n' "${fields[19]}"
}

is_running() { [ "$(start_time "$1" || true)" = "$2" ]; }

# Writes down a started server: name, process id, start time.
record() {
  local started
  started=$(start_time "$2") || return 1
  printf '%s %s %s\n' "$1" "$2" "$started" >>"$dir/pids"
}

# Ends the recorded processes given on stdin, each with its process group; at most 5 s until they are killed.
end_processes() {
  local name pid started i
  local -a pids=() starts=()
  while read -r name pid started; do
    if [ -n "$name" ] && [ "$pid" != "$$" ] && is_running "$pid" "$started"; then
      pids+=("$pid") starts+=("$started")
      kill -TERM -- "-$pid" 2>/dev/null || kill -TERM "$pid" 2>/dev/null || true
    fi
  done
  for i in "${!pids[@]}"; do
    local waited=0
    while is_running "${pids[i]}" "${starts[i]}" || kill -0 -- "-${pids[i]}" 2>/dev/null; do
      if [ $((waited += 1)) -ge 100 ]; then
        kill -KILL -- "-${pids[i]}" 2>/dev/null || true
        break
      fi
      sleep 0.05
    done
  done
}

# Stops everything of $1 and removes the folder. Nothing else than a folder made by `up` is ever removed.
take_down() {
  local dir=$1
  [ -d "$dir" ] || return 0
  if [ ! -e "$dir/$marker" ]; then
    say "$dir was not made by 'mail-servers up'; it is left alone"
    return 1
  fi
  if [ -r "$dir/pids" ]; then end_processes <"$dir/pids"; fi
  # A server's last child may still be writing its log: the second try finds the folder quiet.
  rm -rf "$dir" 2>/dev/null || { sleep 0.2; rm -rf "$dir"; }
}

# Waits until process $2 (started at $3) and the `up` that started us ($4, $5) have ended, then stops the servers of $1.
watch_process() {
  local dir=$1 pid=$2 started=$3 up=$4 up_started=$5 records=
  cd /
  while is_running "$pid" "$started" || is_running "$up" "$up_started"; do
    [ -d "$dir" ] || break
    if [ -r "$dir/pids" ]; then records=$(cat "$dir/pids" 2>/dev/null || true); fi
    sleep 0.3
  done
  if [ -d "$dir" ]; then take_down "$dir"; else end_processes <<<"$records"; fi
}

# Stops the servers of an attempt that failed, and forgets them.
end_servers() {
  grep -v '^watcher ' "$dir/pids" >"$dir/pids.old" || true
  end_processes <"$dir/pids.old"
  grep '^watcher ' "$dir/pids" >"$dir/pids.old" || true
  mv "$dir/pids.old" "$dir/pids"
}
