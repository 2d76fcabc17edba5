# shellcheck shell=bash disable=SC2034,SC2154 # the variables are those of mail-servers
# What DIR/servers.json, DIR/servers.env and a person are told.

# Prints every key and value of servers.json, one pair a line, separated by a tab.
facts() {
  local name part user
  printf '%s\t%s\n' host 127.0.0.1 loginDisabledHost "$(address_of imapLoginDisabled)" \
    imapsExpiredHost "$(address_of imapsExpired)" imapsWrongNameHost "$(address_of imapsWrongName)" \
    imapsSelfSignedHost "$(address_of imapsSelfSigned)"
  for name in "${started_ports[@]}"; do printf '%s\t%s\n' "$name" "${port[$name]}"; done
  printf '%s\t%s\n' caFile "$dir/ca.pem" certificateNames "${certificate_names[*]}" mailRoot "$dir/mail"
  for user in "${users[@]}"; do
    name=${user%%@*}
    printf '%s\t%s\n' "${name}User" "$user" "${name}PasswordFile" "$dir/passwords/$user" \
      "${name}Maildir" "$dir/mail/$user/Maildir"
  done
  for part in "${started_parts[@]}"; do
    if has_hook "$part" facts; then "${part}_facts"; fi
  done
  printf '%s\t%s\n' canaryPattern 'Canary[0-9a-f]{20}'
}

# smtpStartTLSNoAuth becomes SMTP_START_TLS_NO_AUTH.
environment_name() {
  local words=$1
  while [[ $words =~ ^(.*[a-z0-9])([A-Z].*)$ || $words =~ ^(.*[A-Z])([A-Z][a-z].*)$ ]]; do
    words=${BASH_REMATCH[1]}_${BASH_REMATCH[2]}
  done
  printf '%s\n' "${words^^}"
}

write_facts() {
  local key value separator='{' name
  while IFS=$'\t' read -r key value; do
    # Values are ports, paths, names and patterns without a character that JSON or a shell's quotes treat specially.
    case $value in *[!0-9]*) value="\"$value\"" ;; esac
    printf '%s\n  "%s": %s' "$separator" "$key" "$value" >&3
    name=$(environment_name "$key")
    value=${value%\"}
    printf "MAIL_%s='%s'\n" "$name" "${value#\"}" >&4
    separator=,
  done < <(facts) 3>"$dir/servers.json.part" 4>"$dir/servers.env"
  printf '\n}\n' >>"$dir/servers.json.part"
  mv "$dir/servers.json.part" "$dir/servers.json"
}

# Prints, for a person, what listens where. Knows it from DIR alone: for `status` nothing has been started.
show() {
  local user name part
  # shellcheck disable=SC1091
  . "$dir/servers.env"
  echo "$dir"
  for part in postfix ${all_parts/postfix /}; do "${part}_show"; done
  printf '  %-35s %s\n' "authority" "$MAIL_CA_FILE" "passwords, one file a user" "$dir/passwords/"
  for user in "${users[@]}"; do printf '    %s\n' "$user"; done
  cat <<END
  all of this for programs            $dir/servers.json
  try:   openssl s_client -quiet -starttls smtp -CAfile $MAIL_CA_FILE -connect 127.0.0.1:$MAIL_SMTP_SUBMISSION
  stop:  $self down $dir
END
}

# show_port WORDS NAME: a line for a port, or none when its server was not started.
show_port() {
  local variable
  variable=MAIL_$(environment_name "$2")
  [ -z "${!variable:-}" ] || printf '  %-35s %s:%s\n' "$1" "$(address_of "$2")" "${!variable}"
}
