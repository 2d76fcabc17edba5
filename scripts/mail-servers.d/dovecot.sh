# shellcheck shell=bash disable=SC2034,SC2154 # the variables are those of mail-servers
# Dovecot: IMAP and POP3 at ports of many kinds, LMTP, and the passwords for Postfix.

dovecot_ports=(imap imaps pop3 pop3s imapLoginDisabled pop3LoginDisabled imapsExpired imapsWrongName imapsSelfSigned)
dovecot_logs() { echo "$dir/start.log" "$dir/dovecot.log"; }
dovecot_facts() {
  printf '%s\t%s\n' dovecotLog "$dir/dovecot.log" dovecotConfiguration "$dir/dovecot/dovecot.conf" \
    dovecotLMTP "$dir/dovecot/run/lmtp"
}
dovecot_show() {
  show_port "IMAP, STARTTLS" imap
  show_port "IMAP, implicit TLS" imaps
  show_port "IMAP, no login before STARTTLS" imapLoginDisabled
  show_port "IMAP, expired certificate" imapsExpired
  show_port "IMAP, wrong name in certificate" imapsWrongName
  show_port "IMAP, self-signed certificate" imapsSelfSigned
  show_port "POP3, STLS" pop3
  show_port "POP3, implicit TLS" pop3s
  show_port "POP3, no login before STLS" pop3LoginDisabled
}

dovecot_configure() {
  {
    dovecot_namespace
    dovecot_settings
  } >"$dir/dovecot/dovecot.conf"
}

dovecot_settings() {
  cat <<END
base_dir = $dir/dovecot/run
state_dir = $dir/dovecot/state
log_path = $dir/dovecot.log
instance_name = $(basename "$dir")
protocols = imap pop3 lmtp
listen = 127.0.0.1
ssl = yes
ssl_cert = <$dir/tls/good.pem
ssl_key = <$dir/tls/good.key
local 127.0.0.3 {
  ssl_cert = <$dir/tls/expired.pem
  ssl_key = <$dir/tls/expired.key
}
local 127.0.0.4 {
  ssl_cert = <$dir/tls/wrongname.pem
  ssl_key = <$dir/tls/wrongname.key
}
local 127.0.0.5 {
  ssl_cert = <$dir/tls/selfsigned.pem
  ssl_key = <$dir/tls/selfsigned.key
}
disable_plaintext_auth = yes
first_valid_uid = 1
mail_location = maildir:~/Maildir
mail_fsync = never
mail_max_userip_connections = 0
default_vsz_limit = 0
auth_mechanisms = plain login cram-md5 digest-md5 scram-sha-1 scram-sha-256 apop
auth_username_chars =
auth_failure_delay = 0
auth_verbose = yes
passdb {
  driver = passwd-file
  args = username_format=%Lu $dir/dovecot/users
}
userdb {
  driver = passwd-file
  args = username_format=%Lu $dir/dovecot/users
}
# Whoever is no user: the catch-all.
userdb {
  driver = static
  args = uid=8 gid=8 home=$dir/mail/catchall@example.test allow_all_users=yes
}
service anvil {
  # Failed logins of one test must not delay the logins of the next.
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service auth {
  unix_listener auth-postfix {
    mode = 0660
    user = postfix
    group = postfix
  }
}
service lmtp {
  unix_listener lmtp {
    mode = 0600
    user = postfix
  }
}
# "Secured" means to Dovecot TLS or equal addresses at both ends; only on 127.0.0.2 a local client sees a disabled login.
service imap-login {
  process_min_avail = 1
  inet_listener imap {
    port = ${port[imap]}
  }
  inet_listener imaps {
    port = ${port[imaps]}
    ssl = yes
  }
  inet_listener imap-login-disabled {
    address = 127.0.0.2
    port = ${port[imapLoginDisabled]}
  }
  inet_listener imaps-expired {
    address = $(address_of imapsExpired)
    port = ${port[imapsExpired]}
    ssl = yes
  }
  inet_listener imaps-wrong-name {
    address = $(address_of imapsWrongName)
    port = ${port[imapsWrongName]}
    ssl = yes
  }
  inet_listener imaps-self-signed {
    address = $(address_of imapsSelfSigned)
    port = ${port[imapsSelfSigned]}
    ssl = yes
  }
}
service pop3-login {
  process_min_avail = 1
  inet_listener pop3 {
    port = ${port[pop3]}
  }
  inet_listener pop3s {
    port = ${port[pop3s]}
    ssl = yes
  }
  inet_listener pop3-login-disabled {
    address = 127.0.0.2
    port = ${port[pop3LoginDisabled]}
  }
}
END
}

# Slashes between the names of folders, which Maildir++ itself would part by dots; Courier and Cyrus keep the dots.
dovecot_namespace() {
  cat <<'END'
namespace inbox {
  inbox = yes
  separator = /
  mailbox Sent {
    auto = create
    special_use = \Sent
  }
  mailbox Trash {
    special_use = \Trash
  }
  mailbox "Entwürfe für Köln" {
    auto = create
    special_use = \Drafts
  }
}
END
}

# Returns 2 when a port was taken in between.
dovecot_start() {
  local output=$dir/start.log
  : >"$dir/dovecot.log"
  # In the foreground, so that its process id is known from the beginning.
  setsid dovecot -F -c "$dir/dovecot/dovecot.conf" </dev/null >"$output" 2>&1 &
  local dovecot=$!
  record dovecot "$dovecot" || true
  while [ ! -S "$dir/dovecot/run/lmtp" ]; do
    if ! start_time "$dovecot" >/dev/null; then
      grep -q 'Address already in use' "$output" "$dir/dovecot.log" && return 2
      fail_with "Dovecot did not start" "$output" "$dir/dovecot.log"
      return 1
    fi
    sleep 0.02
  done
}
