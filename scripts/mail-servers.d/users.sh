# shellcheck shell=bash disable=SC2034,SC2154 # the variables are those of mail-servers
# The users and their passwords.

users=(orders@example.com alice@example.test utf8@example.test long@example.test special@example.test catchall@example.test)

# Writes each user's password into DIR/passwords/USER (mode 0600) and Dovecot's user file.
make_users() {
  local user name canary password
  mkdir -m 700 "$dir/passwords"
  mkdir -p "$dir/mail"
  for user in "${users[@]}"; do
    name=${user%%@*}
    canary=Canary$(openssl rand -hex 10)
    case $name in
    utf8) password="Pässwörd-ключ-東京-$canary" ;;
    long) password=$canary-$(printf '%0228d' 0 | tr 0 x) ;;
    special) password="a\"b\\c d'e{f}g:h\$i&j<k>=l,m%n#o;$canary" ;;
    *) password=$canary ;;
    esac
    printf '%s' "$password" >"$dir/passwords/$user"
    printf '%s:{PLAIN.b64}%s:8:8::%s::\n' "$user" "$(printf '%s' "$password" | openssl base64 -A)" "$dir/mail/$user" \
      >>"$dir/dovecot/users"
    mkdir -p "$dir/mail/$user/Maildir"/{cur,new,tmp}
  done
  chown -R mail:mail "$dir/mail"
  chmod -R u=rwX,go=rX "$dir/mail"
  chown dovecot:dovecot "$dir/dovecot/users"
}

# The compiled-in users of the servers that are unpacked; seen by these only.
write_private_users() {
  local entry name number
  mkdir -p "$dir/etc"
  cp /etc/passwd /etc/group "$dir/etc/"
  for entry in opensmtpd:61001 opensmtpq:61002 Debian-exim:61003 cyrus:61004 courier:61005; do
    name=${entry%:*} number=${entry#*:}
    grep -q "^$name:" "$dir/etc/passwd" ||
      echo "$name:x:$number:$number::/var/lib/opensmtpd/empty:/usr/sbin/nologin" >>"$dir/etc/passwd"
    grep -q "^$name:" "$dir/etc/group" || echo "$name:x:$number:" >>"$dir/etc/group"
  done
  chmod 755 "$dir/etc"
  chmod 644 "$dir/etc"/*
}
