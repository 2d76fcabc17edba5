# shellcheck shell=bash disable=SC2034,SC2154 # the variables are those of mail-servers
# Which ports the servers listen on, and whether they answer.

# Picks a free port for each name. Another process may take one before the server does; `up` then picks anew.
pick_ports() {
  local name candidate
  local -a used=()
  while read -r candidate; do
    used[16#$candidate]=1
  done < <(cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | sed -n 's/^ *[0-9]*: [0-9A-F]*:\([0-9A-F]*\) .*/\1/p')
  port=()
  for name in "$@"; do
    # Below 32768, where Linux takes the ports of outgoing connections from.
    candidate=$((20000 + SRANDOM % 12000))
    while [ -n "${used[candidate]:-}" ]; do candidate=$((20000 + SRANDOM % 12000)); done
    used[candidate]=1
    # shellcheck disable=SC2004 # it is indexed by names
    port[$name]=$candidate
  done
}

# The address that a port listens on. Dovecot chooses by it whether a login is allowed, and its certificate.
address_of() {
  case $1 in
  *LoginDisabled) echo 127.0.0.2 ;;
  imapsExpired) echo 127.0.0.3 ;;
  imapsWrongName) echo 127.0.0.4 ;;
  imapsSelfSigned) echo 127.0.0.5 ;;
  *) echo 127.0.0.1 ;;
  esac
}

# Waits until a port answers with its greeting (in implicit TLS: until it accepts); at most until the second $3 of this shell.
# Returns 2 when a server has ended meanwhile, 3 when it has and the reason is said.
await_port() {
  local name=$1 address=$2 deadline=$3 greeting process pid started
  while :; do
    while read -r process pid started; do
      if ! is_running "$pid" "$started"; then why_ended "$process"; return; fi
    done <"$dir/pids"
    if { exec 5<>"/dev/tcp/$address/${port[$name]}"; } 2>/dev/null; then
      case $name in
      imaps* | pop3s | *IMAPS | *TLS) exec 5>&-; return 0 ;;
      esac
      greeting=
      IFS= read -r -t 5 greeting <&5 || true
      exec 5>&-
      case $greeting in 220* | '* OK'* | +OK*) return 0 ;; esac
    fi
    [ "$SECONDS" -lt "$deadline" ] || return 1
    sleep 0.05
  done
}

# Waits for all ports. Returns 2 when a server ended after its start: Postfix binds its ports last, and its log dies with it.
await_servers() {
  local name address result deadline=$((SECONDS + 20))
  for name in "${started_ports[@]}"; do
    address=$(address_of "$name")
    result=0
    await_port "$name" "$address" "$deadline" || result=$?
    case $result in
    0) ;;
    2) return 2 ;;
    3) return 1 ;;
    *)
      fail_with "$name on $address:${port[$name]} does not answer after 20 s" "$dir"/*.log
      return 1
      ;;
    esac
  done
}
