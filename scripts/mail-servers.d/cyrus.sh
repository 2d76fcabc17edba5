# shellcheck shell=bash disable=SC2034,SC2154 # the variables are those of mail-servers
# Cyrus IMAP: the mechanisms with channel binding (over TLS 1.2), namespaces with dots, strict about everything. Its users
# are made at their first login; fill their folders by APPEND.

cyrus_ports=(cyrusIMAP cyrusIMAPS cyrusPlain cyrusLoginOnly cyrusCRAMOnly cyrusDigestOnly cyrusSCRAMSHA1Only)
cyrus_package=cyrus-imapd
cyrus_logs() { echo "$dir/cyrus.log"; }
cyrus_facts() { printf '%s\t%s\n' cyrusLog "$dir/cyrus.log"; }
cyrus_show() {
  show_port "Cyrus IMAP, STARTTLS" cyrusIMAP
  show_port "Cyrus IMAP, implicit TLS" cyrusIMAPS
  show_port "Cyrus IMAP, login without TLS" cyrusPlain
}

cyrus_configure() {
  local folder=$dir/cyrus name
  write_private_users
  rm -rf "$folder"
  mkdir -p "$folder"/{config/db,config/socket,config/proc,config/lock,mail,sieve,run}
  chmod 755 "$folder"
  cp "$dir/tls/good.pem" "$folder/certificate.pem"
  cp "$dir/tls/good.key" "$folder/key.pem"
  write_cyrus_options
  {
    printf 'START {\n  recover cmd="ctl_cyrusdb -C %s -r"\n}\nSERVICES {\n' "$folder/imapd.conf"
    for name in "${cyrus_ports[@]}"; do
      local secure=''
      [ "$name" != cyrusIMAPS ] || secure=' -s'
      # A service's name, in lower case, begins the options that are for it alone.
      printf '  %s cmd="imapd -C %s%s" listen="127.0.0.1:%s" prefork=0 maxchild=60\n' \
        "${name,,}" "$folder/imapd.conf" "$secure" "${port[$name]}"
    done
    printf '}\nEVENTS {\n}\n'
  } >"$folder/cyrus.conf"
}

write_cyrus_options() {
  cat >"$dir/cyrus/imapd.conf" <<END
configdirectory: $dir/cyrus/config
defaultpartition: default
partition-default: $dir/cyrus/mail
sievedir: $dir/cyrus/sieve
proc_path: $dir/cyrus/config/proc
mboxname_lockpath: $dir/cyrus/config/lock
idlesocket: $dir/cyrus/config/socket/idle
servername: mail.example.test
virtdomains: userid
defaultdomain: none.example.test
unixhierarchysep: no
altnamespace: no
autocreate_quota: 0
autocreate_inbox_folders: Sent
xlist-sent: Sent
maxlogins_per_user: 0
maxlogins_per_host: 0
failedloginpause: 0
tls_server_cert: $dir/cyrus/certificate.pem
tls_server_key: $dir/cyrus/key.pem
tls_client_ca_file: $dir/ca.pem
tls_versions: tls1_2 tls1_3
allowplaintext: no
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_sasldb_path: $dir/cyrus/sasldb2
sasl_mech_list: PLAIN LOGIN CRAM-MD5 DIGEST-MD5 SCRAM-SHA-1 SCRAM-SHA-256
cyrusplain_allowplaintext: yes
cyrusloginonly_allowplaintext: yes
cyrusloginonly_sasl_mech_list: LOGIN
cyruscramonly_sasl_mech_list: CRAM-MD5
cyrusdigestonly_sasl_mech_list: DIGEST-MD5
cyrusscramsha1only_sasl_mech_list: SCRAM-SHA-1
syslog_prefix: cyrus
END
}

# In a process namespace of its own, whose end ends everything that Cyrus' master starts.
cyrus_start() { start_private cyrus "$dir/cyrus.log" --pid --fork --kill-child; }

cyrus_private() {
  local user folder=$dir/cyrus
  mount -t overlay overlay -o "lowerdir=$trees/cyrus-imapd/usr:/usr" /usr
  mount --bind "$folder/run" /run
  for user in "${users[@]}"; do
    saslpasswd2 -p -c -f "$folder/sasldb2" -u "${user#*@}" "${user%@*}" <"$dir/passwords/$user"
  done
  chown -R cyrus:mail "$folder"
  trap 'exit 0' TERM INT
  /usr/lib/cyrus/bin/master -D -C "$folder/imapd.conf" -M "$folder/cyrus.conf" -p "$folder/master.pid" &
  wait $!
}
