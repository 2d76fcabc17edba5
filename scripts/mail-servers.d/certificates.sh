# shellcheck shell=bash disable=SC2034,SC2154 # the variables are those of mail-servers
# The certificate authority, the good certificate and three bad ones.

certificate_names=(localhost mail.example.test smtp.gmail.com imap.gmail.com 127.0.0.1)

# Makes a key and a certificate in DIR/tls: $1 file name, $2 first and last second of validity as `openssl ca` takes them,
# $3 subjectAltName; signed by the authority, or by itself when $4 is `self`.
make_certificate() {
  local name=$1 dates=$2 names=$3 signer=${4:-ca} tls=$dir/tls
  local -a sign=(-cert "$tls/ca.pem" -keyfile "$tls/ca.key")
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -sha256 -keyout "$tls/$name.key" \
    -out "$tls/$name.csr" -subj "/CN=${names%%,*}" -config "$tls/openssl.cnf"
  [ "$signer" != self ] || sign=(-selfsign -keyfile "$tls/$name.key")
  # shellcheck disable=SC2086 # two options with their values
  SAN=$names openssl ca -batch -notext -rand_serial -md sha256 -policy policy -extensions server -config "$tls/openssl.cnf" \
    $dates -outdir "$tls" "${sign[@]}" -in "$tls/$name.csr" -out "$tls/$name.pem"
  # Postfix wants the key before the certificate.
  cat "$tls/$name.key" "$tls/$name.pem" >"$tls/$name.chain"
}

make_certificates() {
  local tls=$dir/tls name good
  mkdir "$tls"
  : >"$tls/index"
  cat >"$tls/openssl.cnf" <<END
[ca]
default_ca = authority
[authority]
database = $tls/index
serial = $tls/serial
unique_subject = no
[policy]
commonName = supplied
[req]
distinguished_name = name
[name]
[authority_certificate]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = \${ENV::SAN}
END
  export SAN=
  good=
  for name in "${certificate_names[@]}"; do
    case $name in *[!0-9.]*) good+=",DNS:$name" ;; *) good+=",IP:$name" ;; esac
  done
  failed_step="making the certificates failed" failed_log=$tls/openssl.log
  {
    # The subject's random part keeps the authorities of two instances apart for a person who looks at them.
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -sha256 -days 30 -keyout "$tls/ca.key" \
      -out "$tls/ca.pem" -subj "/CN=tenant test authority $(openssl rand -hex 4)" -config "$tls/openssl.cnf" \
      -extensions authority_certificate
    make_certificate good "-days 30" "${good#,}"
    make_certificate expired "-startdate 20200101000000Z -enddate 20200201000000Z" "${good#,}"
    make_certificate wrongname "-days 30" "DNS:other.example.net"
    make_certificate selfsigned "-days 30" "${good#,}" self
  } >"$tls/openssl.log" 2>&1
  failed_step=
  cp "$tls/ca.pem" "$dir/ca.pem"
  chmod 644 "$dir/ca.pem"
}
