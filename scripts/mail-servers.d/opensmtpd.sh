# shellcheck shell=bash disable=SC2034,SC2154 # the variables are those of mail-servers
# OpenSMTPD: no TLS, no AUTH, no PIPELINING; delivers everything into the catch-all.

opensmtpd_ports=(openSMTPD)
opensmtpd_package=opensmtpd
opensmtpd_logs() { echo "$dir/opensmtpd.log"; }
opensmtpd_facts() { printf '%s\t%s\n' openSMTPDLog "$dir/opensmtpd.log"; }
opensmtpd_show() { show_port "OpenSMTPD, no TLS, no AUTH" openSMTPD; }

opensmtpd_configure() {
  local folder=$dir/opensmtpd
  write_private_users
  mkdir -p "$folder"/{spool,run,lib/opensmtpd/empty}
  chmod -R 755 "$folder"
  chmod 711 "$folder/lib/opensmtpd/empty"
  cat >"$folder/smtpd.conf" <<END
listen on 127.0.0.1 port ${port[openSMTPD]} hostname mail.example.test
action "deliver" maildir "$dir/mail/catchall@example.test/Maildir" virtual { "@" = mail }
match from any for any action "deliver"
END
}

opensmtpd_start() { start_private opensmtpd "$dir/opensmtpd.log"; }

opensmtpd_private() {
  mount -t overlay overlay -o "lowerdir=$trees/opensmtpd/usr:/usr" /usr
  mount --bind "$dir/opensmtpd/spool" /var/spool
  mount --bind "$dir/opensmtpd/lib" /var/lib
  mount --bind "$dir/opensmtpd/run" /run
  exec /usr/sbin/smtpd -d -f "$dir/opensmtpd/smtpd.conf"
}
