# shellcheck shell=bash disable=SC2034,SC2154 # the variables are those of mail-servers
# Postfix: takes mail by SMTP at ports of many kinds and hands every mail to Dovecot's LMTP.

postfix_ports=(smtpSubmission smtpImplicitTLS smtpPlain smtpNoAuth smtpStartTLSNoAuth smtpExpired smtpWrongName
  smtpSelfSigned smtpPoor smtpHeloOnly smtpSmall smtpLoginOnly smtpPlainOnly smtpCRAMOnly smtpDigestOnly smtpSCRAMSHA1Only)
postfix_logs() { echo "$dir/start.log" "$dir/smtp.log"; }
postfix_facts() { printf '%s\t%s\n' smtpLog "$dir/smtp.log"; }
postfix_show() {
  show_port "SMTP, STARTTLS required, AUTH" smtpSubmission
  show_port "SMTP, implicit TLS, AUTH" smtpImplicitTLS
  show_port "SMTP, no TLS, AUTH" smtpPlain
  show_port "SMTP, no TLS, no AUTH" smtpNoAuth
  show_port "SMTP, STARTTLS, no AUTH" smtpStartTLSNoAuth
  show_port "SMTP, expired certificate" smtpExpired
  show_port "SMTP, wrong name in certificate" smtpWrongName
  show_port "SMTP, self-signed certificate" smtpSelfSigned
  show_port "SMTP, no extensions" smtpPoor
  show_port "SMTP, HELO only" smtpHeloOnly
  show_port "SMTP, SIZE 20000" smtpSmall
  show_port "SMTP, AUTH LOGIN only" smtpLoginOnly
  show_port "SMTP, AUTH PLAIN only" smtpPlainOnly
  show_port "SMTP, AUTH CRAM-MD5 only" smtpCRAMOnly
}

postfix_configure() {
  mkdir -p "$dir/postfix"/{etc,spool,data}
  chmod 755 "$dir/postfix" "$dir/postfix"/{etc,spool}
  chown postfix "$dir/postfix/data"
  make_postfix_queue
  write_postfix_main
  write_postfix_master
  chmod 644 "$dir/postfix/etc"/*
}

# The queue's folders, with the owners and modes that Postfix makes them with.
make_postfix_queue() {
  local spool=$dir/postfix/spool
  mkdir -p "$spool"/{active,bounce,corrupt,defer,deferred,flush,hold,incoming,private,saved,trace,maildrop,public,pid}
  chmod 700 "$spool"/*
  chown postfix "$spool"/*
  chown postfix:postdrop "$spool"/{maildrop,public}
  chmod 730 "$spool/maildrop"
  chmod 710 "$spool/public"
  chown root "$spool/pid"
  chmod 755 "$spool/pid"
}

write_postfix_main() {
  local etc=$dir/postfix/etc table=texthash:$dir/postfix/etc
  cat >"$etc/main.cf" <<END
compatibility_level = 3.6
queue_directory = $dir/postfix/spool
data_directory = $dir/postfix/data
maillog_file = $dir/smtp.log
maillog_file_prefixes = $dir
myhostname = mail.example.test
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
disable_dns_lookups = yes
smtpd_peername_lookup = no

# Every mail to every address goes to Dovecot; there is no SMTP client in master.cf at all.
mydestination =
alias_maps =
local_recipient_maps =
default_transport = lmtp:unix:$dir/dovecot/run/lmtp
local_transport = \$default_transport
relay_transport = \$default_transport
virtual_transport = \$default_transport
transport_maps = inline:{{discard.test=discard:}}
append_dot_mydomain = no
append_at_myorigin = yes
local_header_rewrite_clients =
disable_mime_output_conversion = yes
notify_classes =

# 127.0.0.1 in mynetworks would let mail through without AUTH.
mynetworks = 127.0.0.254/32
smtpd_sasl_type = dovecot
smtpd_sasl_path = $dir/dovecot/run/auth-postfix
smtpd_sasl_security_options = noanonymous
smtpd_sasl_tls_security_options = noanonymous
smtpd_sasl_authenticated_header = yes
smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
smtpd_delay_reject = no
smtpd_sender_restrictions = check_sender_access $table/senders
smtpd_recipient_restrictions = check_recipient_access $table/recipients
smtpd_end_of_data_restrictions = check_sender_access $table/senders-at-data
smtpd_tls_chain_files = $dir/tls/good.chain
smtpd_tls_received_header = yes
smtpd_tls_loglevel = 1

# A client that breaks the protocol is to be seen.
strict_rfc821_envelopes = yes
smtpd_forbid_bare_newline = yes
smtpd_forbid_unauth_pipelining = yes

# Limits of a public server are in the way of tests and measurements.
message_size_limit = 1073741824
mailbox_size_limit = 0
header_size_limit = 16777216
line_length_limit = 1048576
lmtp_line_length_limit = 0
# One delivery a recipient: its copy then says in Delivered-To which address it was sent to.
lmtp_destination_recipient_limit = 1
default_process_limit = 200
in_flow_delay = 0
smtpd_error_sleep_time = 0
smtpd_soft_error_limit = 1000000
smtpd_hard_error_limit = 1000000
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
smtpd_client_message_rate_limit = 0
smtpd_client_recipient_rate_limit = 0
smtpd_client_new_tls_session_rate_limit = 0
smtpd_client_auth_rate_limit = 0
smtpd_recipient_limit = 100000
END
  cat >"$etc/recipients" <<'END'
refused550@example.test  550 5.1.1 no such user here
busy450@example.test     450 4.2.1 mailbox busy, try later
full452@example.test     452 4.2.2 mailbox full, try later
END
  cat >"$etc/senders" <<'END'
refused@example.test  550 5.7.1 this sender may not send
busy@example.test     451 4.7.1 not now, try later
END
  cat >"$etc/senders-at-data" <<'END'
refused-at-data@example.test  550 5.7.1 this content is refused
busy-at-data@example.test     451 4.3.0 cannot take it now, try later
END
  echo '/^EHLO .*/ XEHLO' >"$etc/commands-without-ehlo"
}

# One listening service for each port.
write_postfix_master() {
  local etc=$dir/postfix/etc
  local auth='-o smtpd_sasl_auth_enable=yes' open='-o smtpd_relay_restrictions=permit_mynetworks,reject_unauth_destination -o mynetworks=127.0.0.0/8'
  local required='-o smtpd_tls_security_level=encrypt' tls=$dir/tls
  local all=pipelining,size,vrfy,etrn,starttls,auth,enhancedstatuscodes,8bitmime,dsn,chunking,smtputf8,silent-discard
  {
    smtpd() { printf '127.0.0.1:%s inet n - n - - smtpd %s\n' "${port[$1]}" "${*:2}"; }
    smtpd smtpSubmission "$required" "$auth"
    smtpd smtpImplicitTLS "$required" -o smtpd_tls_wrappermode=yes "$auth"
    smtpd smtpPlain "$auth"
    smtpd smtpNoAuth "$open"
    smtpd smtpStartTLSNoAuth -o smtpd_tls_security_level=may "$open"
    smtpd smtpExpired "$required" "$auth" -o "smtpd_tls_chain_files=$tls/expired.chain"
    smtpd smtpWrongName "$required" "$auth" -o "smtpd_tls_chain_files=$tls/wrongname.chain"
    smtpd smtpSelfSigned "$required" "$auth" -o "smtpd_tls_chain_files=$tls/selfsigned.chain"
    smtpd smtpPoor "$open" -o "smtpd_discard_ehlo_keywords=$all"
    smtpd smtpHeloOnly "$open" -o "smtpd_command_filter=regexp:$etc/commands-without-ehlo"
    smtpd smtpSmall "$required" "$auth" -o message_size_limit=20000
    smtpd smtpLoginOnly "$required" "$auth" -o smtpd_sasl_mechanism_filter=login
    smtpd smtpPlainOnly "$required" "$auth" -o smtpd_sasl_mechanism_filter=plain
    smtpd smtpCRAMOnly "$required" "$auth" -o smtpd_sasl_mechanism_filter=cram-md5
    smtpd smtpDigestOnly "$required" "$auth" -o smtpd_sasl_mechanism_filter=digest-md5
    smtpd smtpSCRAMSHA1Only "$required" "$auth" -o smtpd_sasl_mechanism_filter=scram-sha-1
    cat <<'END'
cleanup   unix  n - n -    0   cleanup
qmgr      unix  n - n 300  1   qmgr
tlsmgr    unix  - - n 1000 1   tlsmgr
rewrite   unix  - - n -    -   trivial-rewrite
bounce    unix  - - n -    0   bounce
defer     unix  - - n -    0   bounce
trace     unix  - - n -    0   bounce
verify    unix  - - n -    1   verify
flush     unix  n - n 1000 0   flush
proxymap  unix  - - n -    -   proxymap
anvil     unix  - - n -    1   anvil
scache    unix  - - n -    1   scache
error     unix  - - n -    -   error
retry     unix  - - n -    -   error
discard   unix  - - n -    -   discard
lmtp      unix  - - n -    -   lmtp
showq     unix  n - n -    -   showq
postlog   unix-dgram n - n - 1 postlogd
END
  } >"$etc/master.cf"
}

# Returns 2 when a port was taken in between.
postfix_start() {
  : >"$dir/smtp.log"
  # Postfix's own start script would fork away, and first check an installation that Debian has already checked.
  MAIL_CONFIG=$dir/postfix/etc setsid "$(postconf -dh daemon_directory)/master" </dev/null >"$dir/start.log" 2>&1 &
  local postfix=$!
  record postfix "$postfix" || true
  until grep -q 'daemon started' "$dir/smtp.log"; do
    # Its log is written by one of its own processes and may have died with it: the reason is not always known.
    start_time "$postfix" >/dev/null || return 2
    sleep 0.02
  done
}
