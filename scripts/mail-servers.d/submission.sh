# shellcheck shell=bash disable=SC2034,SC2154 # the variables are those of mail-servers
# Dovecot offers the same mechanisms at all ports of an instance: one instance for each set of them, with a submission
# service that relays to the Postfix, and with IMAP for the same mailboxes.

declare -A submission_mechanisms=([submissionAll]='plain login cram-md5 digest-md5 scram-sha-1 scram-sha-256'
  [submissionLoginCRAM]='login cram-md5' [submissionDigest]=digest-md5 [submissionSCRAMSHA1]=scram-sha-1)
submission_ports=()
for name in "${!submission_mechanisms[@]}"; do
  submission_ports+=("$name" "${name}TLS" "imap${name#submission}" "imap${name#submission}TLS")
done
submission_logs() { echo "$dir/submission.log"; }
submission_facts() { printf '%s\t%s\n' submissionLog "$dir/submission.log"; }
submission_show() {
  show_port "Dovecot, STARTTLS, AUTH" submissionAll
  show_port "Dovecot, implicit TLS, AUTH" submissionAllTLS
}
submission_missing() { [ -x /usr/lib/dovecot/submission ] || echo "Dovecot's submission service"; }

submission_configure() {
  local name
  for name in "${!submission_mechanisms[@]}"; do write_submission_instance "$name"; done
}

# $1 is the name of the instance and of its submission port.
write_submission_instance() {
  local name=$1 folder=$dir/$1 imap=imap${1#submission}
  mkdir -p "$folder"
  chmod 755 "$folder"
  dovecot_namespace >"$folder/dovecot.conf"
  cat >>"$folder/dovecot.conf" <<END
base_dir = $folder/run
state_dir = $folder/state
log_path = $dir/submission.log
log_timestamp = "%Y-%m-%d %H:%M:%S $name "
instance_name = $(basename "$dir")-$name
protocols = submission imap
listen = 127.0.0.1
hostname = mail.example.test
ssl = yes
ssl_cert = <$dir/tls/good.pem
ssl_key = <$dir/tls/good.key
disable_plaintext_auth = yes
first_valid_uid = 1
mail_location = maildir:~/Maildir
mail_fsync = never
mail_max_userip_connections = 0
default_vsz_limit = 0
auth_mechanisms = ${submission_mechanisms[$name]}
auth_username_chars =
auth_failure_delay = 0
auth_verbose = yes
submission_relay_host = 127.0.0.1
submission_relay_port = ${port[smtpNoAuth]}
submission_max_mail_size = 1G
passdb {
  driver = passwd-file
  args = username_format=%Lu $dir/dovecot/users
}
userdb {
  driver = passwd-file
  args = username_format=%Lu $dir/dovecot/users
}
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service submission-login {
  inet_listener submission {
    port = ${port[$name]}
  }
  inet_listener submissions {
    port = ${port[${name}TLS]}
    ssl = yes
  }
}
service imap-login {
  inet_listener imap {
    port = ${port[$imap]}
  }
  inet_listener imaps {
    port = ${port[${imap}TLS]}
    ssl = yes
  }
}
END
}

submission_start() {
  local name
  : >"$dir/submission.log"
  for name in "${!submission_mechanisms[@]}"; do
    start_part "$name" "$dir/submission.log" dovecot -F -c "$dir/$name/dovecot.conf" || return
  done
}
