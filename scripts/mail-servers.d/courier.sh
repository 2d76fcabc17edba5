# shellcheck shell=bash disable=SC2034,SC2154 # the variables are those of mail-servers
# Courier IMAP: UTF8=ACCEPT, folders below INBOX parted by dots. Its mailboxes are Maildirs of its own.

courier_ports=(courierIMAP courierIMAPS courierLoginOnly)
courier_package=courier-imap
courier_logs() { echo "$dir/courier.log"; }
courier_facts() { printf '%s\t%s\n' courierLog "$dir/courier.log" courierMailRoot "$dir/courier/mail"; }
courier_show() {
  show_port "Courier IMAP, STARTTLS" courierIMAP
  show_port "Courier IMAP, implicit TLS" courierIMAPS
}

courier_configure() {
  local folder=$dir/courier user
  write_private_users
  rm -rf "$folder"
  mkdir -p "$folder"/{etc/courier,own,run/courier/authdaemon,mail}
  cat "$dir/tls/good.chain" >"$folder/own/imapd.pem"
  cat >"$folder/own/authdaemonrc" <<'END'
authmodulelist="authuserdb"
authmodulelistorig="authuserdb"
daemons=3
authdaemonvar=/run/courier/authdaemon
DEBUG_LOGIN=0
DEFAULTOPTIONS=""
END
  for user in "${users[@]}"; do
    mkdir -p "$folder/mail/$user/Maildir"/{cur,new,tmp}
    printf '%s\thome=%s|uid=8|gid=8|imappw=%s|hmac-md5pw=%s\n' "$user" "$folder/mail/$user" \
      "$(openssl passwd -6 -stdin <"$dir/passwords/$user")" "$(courier_hmac_state <"$dir/passwords/$user")"
  done >"$folder/own/userdb"
  chown -R mail:mail "$folder/mail"
  chmod -R go=rX "$folder"
  chmod 600 "$folder/own"/{userdb,imapd.pem}
}

# What CRAM-MD5 is checked with, in hex: the states of the two digests of a password's HMAC.
courier_hmac_state() {
  LD_LIBRARY_PATH=$trees/courier-imap/usr/lib "$trees/courier-imap/usr/sbin/userdbpw" -hmac-md5
}

courier_start() { start_private courier "$dir/courier.log" --pid --fork --kill-child; }

courier_private() {
  local folder=$dir/courier
  mount -t overlay overlay -o "lowerdir=$trees/courier-imap/usr:/usr" /usr
  mount -t overlay overlay -o "lowerdir=$folder/etc:/etc" /etc
  mount --bind "$folder/own" /etc/courier
  mount --bind "$folder/run" /run
  # The overlay shows the machine's own users again.
  mount --bind "$dir/etc/passwd" /etc/passwd
  mount --bind "$dir/etc/group" /etc/group
  makeuserdb
  # TLS is done by processes of this user.
  chown courier /etc/courier/imapd.pem
  trap 'exit 0' TERM INT
  set -a
  # shellcheck disable=SC1091
  . /etc/courier/authdaemonrc
  /usr/lib/courier/courier-authlib/authdaemond &
  courier_environment
  courier_listen courierIMAP
  courier_listen courierIMAPS /usr/bin/couriertls -server -tcpd -user=courier
  AUTHENTICATION="AUTH=LOGIN" courier_listen courierLoginOnly
  wait -n
}

courier_environment() {
  IMAP_CAPABILITY="IMAP4rev1 UIDPLUS CHILDREN NAMESPACE THREAD=ORDEREDSUBJECT SORT QUOTA IDLE"
  COURIERTLS=/usr/bin/couriertls
  TLS_CERTFILE=/etc/courier/imapd.pem
  TLS_VERIFYPEER=NONE TLS_PRIORITY="NORMAL:-VERS-TLS1.0:-VERS-TLS1.1"
  IMAP_STARTTLS=YES IMAP_TLS_REQUIRED=0 IMAP_KEYWORDS=1 IMAP_ACL=1 IMAP_USELOCKS=1 IMAP_CHECK_ALL_FOLDERS=0
  IMAP_OBSOLETE_CLIENT=0 IMAP_IDLE_TIMEOUT=60 IMAP_MAILBOX_SANITY_CHECK=1 IMAP_DISABLETHREADSORT=0
  IMAP_EMPTYTRASH='' IMAP_TRASHFOLDERNAME=Trash IMAP_MOVE_EXPUNGE_TO_TRASH=0 IMAP_UMASK=022 IMAP_ENHANCEDIDLE=0
}

# courier_listen NAME [TLS WRAPPER...]
courier_listen() {
  local name=$1 offer="$IMAP_CAPABILITY ${AUTHENTICATION:-AUTH=CRAM-MD5 AUTH=LOGIN AUTH=PLAIN}"
  shift
  # The plain ports stay root until the login: setgid to the user fails otherwise. couriertls gives it up by -user.
  IMAP_TLS=$([ $# = 0 ] || echo 1) IMAP_CAPABILITY=$offer IMAP_CAPABILITY_TLS=$offer TCPDOPTS='' \
    couriertcpd -address=127.0.0.1 -maxprocs=60 -maxperip=60 -nodnslookup -noidentlookup \
    "${port[$name]}" "$@" /usr/lib/courier/courier/imaplogin /usr/bin/imapd Maildir &
}
