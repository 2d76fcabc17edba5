# shellcheck shell=bash disable=SC2034,SC2154 # the variables are those of mail-servers
# Exim: runs as the user mail, knows the users by the same passwords and delivers everything into the catch-all.

exim_ports=(exim eximImplicitTLS eximPlain eximLoginOnly)
exim_package=exim4-daemon-light
exim_logs() { echo "$dir/exim.start.log" "$dir/exim/log/main"; }
exim_facts() { printf '%s\t%s\n' eximLog "$dir/exim/log/main"; }
exim_show() {
  show_port "Exim, STARTTLS, AUTH" exim
  show_port "Exim, implicit TLS, AUTH" eximImplicitTLS
}

exim_configure() {
  local folder=$dir/exim user
  local password="\${base64d:\${lookup{\$authUSER}lsearch{$folder/users}{\$value}fail}}"
  mkdir -p "$folder"/{spool,log}
  chmod 755 "$folder"
  write_private_users
  cp "$dir/tls/good.pem" "$folder/certificate.pem"
  cp "$dir/tls/good.key" "$folder/key.pem"
  for user in "${users[@]}"; do printf '%s: %s\n' "$user" "$(openssl base64 -A <"$dir/passwords/$user")"; done >"$folder/users"
  chown -R mail:mail "$folder"/{spool,log,users,certificate.pem,key.pem}
  cat >"$folder/exim.conf" <<END
exim_path = $trees/exim4-daemon-light/usr/sbin/exim4
exim_user = mail
exim_group = mail
# Exim gives up root when it starts itself again with another than its compiled-in configuration.
deliver_drop_privilege = true
spool_directory = $folder/spool
log_file_path = $folder/log/%s
pid_file_path = $folder/pid
write_rejectlog = false
primary_hostname = mail.example.test
keep_environment =
local_interfaces = 127.0.0.1
daemon_smtp_ports = ${port[exim]} : ${port[eximImplicitTLS]} : ${port[eximPlain]} : ${port[eximLoginOnly]}
tls_on_connect_ports = ${port[eximImplicitTLS]}
tls_advertise_hosts = \${if eq{\$received_port}{${port[eximPlain]}}{}{*}}
tls_certificate = $folder/certificate.pem
tls_privatekey = $folder/key.pem
dsn_advertise_hosts = *
smtputf8_advertise_hosts = *
host_lookup =
message_size_limit = 1G
smtp_accept_max = 0
smtp_accept_queue_per_connection = 0
acl_smtp_rcpt = recipient
acl_smtp_data = accept
begin acl
recipient:
  accept authenticated = *
  deny message = authentication required
begin routers
all:
  driver = accept
  transport = catchall
begin transports
catchall:
  driver = appendfile
  maildir_format
  directory = $dir/mail/catchall@example.test/Maildir
  user = mail
  group = mail
  envelope_to_add
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_condition = \${if eq{\$auth3}{${password/USER/2}}}
  server_set_id = \$auth2
  server_advertise_condition = \${if eq{\$received_port}{${port[eximLoginOnly]}}{no}{yes}}
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = Username:: : Password::
  server_condition = \${if eq{\$auth2}{${password/USER/1}}}
  server_set_id = \$auth1
cram:
  driver = cram_md5
  public_name = CRAM-MD5
  server_secret = ${password/USER/1}
  server_set_id = \$auth1
  server_advertise_condition = \${if eq{\$received_port}{${port[eximLoginOnly]}}{no}{yes}}
END
}

exim_start() { start_private exim "$dir/exim.start.log"; }
exim_private() { exec "$trees/exim4-daemon-light/usr/sbin/exim4" -bdf -C "$dir/exim/exim.conf"; }
