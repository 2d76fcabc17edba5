#pragma once
// OpenSSL as Swift sees it. Function-like macros are not imported, so each one in use has an inline function here.
#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/ocsp.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/pkcs7.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

// X.509: what Certificates reads.
static inline int tnt_sk_X509_num(const STACK_OF(X509) *s) { return sk_X509_num(s); }
static inline X509 *tnt_sk_X509_value(const STACK_OF(X509) *s, int i) { return sk_X509_value(s, i); }
static inline int tnt_GENERAL_NAMES_num(const GENERAL_NAMES *n) { return sk_GENERAL_NAME_num(n); }
static inline GENERAL_NAME *tnt_GENERAL_NAMES_value(const GENERAL_NAMES *n, int i) {
  return sk_GENERAL_NAME_value(n, i);
}
static inline GENERAL_NAMES *tnt_X509_subject_alt_names(const X509 *x) {
  return (GENERAL_NAMES *)X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
}
/// The certificates of a PKCS#7 bundle; borrowed, NULL when it is of another type.
static inline STACK_OF(X509) *tnt_PKCS7_certificates(const PKCS7 *p) {
  switch (OBJ_obj2nid(p->type)) {
  case NID_pkcs7_signed: return p->d.sign ? p->d.sign->cert : NULL;
  case NID_pkcs7_signedAndEnveloped: return p->d.signed_and_enveloped ? p->d.signed_and_enveloped->cert : NULL;
  default: return NULL;
  }
}
static inline void tnt_OPENSSL_free(void *p) { OPENSSL_free(p); }
static inline long tnt_BIO_get_mem_data(BIO *b, char **p) { return BIO_get_mem_data(b, p); }
/// RFC 2253 order and escapes, with a blank after each comma and UTF-8 left readable.
static inline int tnt_X509_NAME_print(BIO *b, const X509_NAME *n) {
  unsigned long flags = (XN_FLAG_RFC2253 & ~XN_FLAG_SEP_MASK & ~ASN1_STRFLGS_ESC_MSB) | XN_FLAG_SEP_CPLUS_SPC;
  return X509_NAME_print_ex(b, n, 0, flags);
}

// TLS: what Transport sets.
static inline long tnt_SSL_CTX_set_mode(SSL_CTX *c, long m) { return SSL_CTX_set_mode(c, m); }
static inline int tnt_SSL_CTX_set_min_proto_version(SSL_CTX *c, int v) {
  return (int)SSL_CTX_set_min_proto_version(c, v);
}
static inline int tnt_SSL_CTX_set_max_proto_version(SSL_CTX *c, int v) {
  return (int)SSL_CTX_set_max_proto_version(c, v);
}
static inline long tnt_SSL_CTX_set_session_cache_mode(SSL_CTX *c, long m) {
  return SSL_CTX_set_session_cache_mode(c, m);
}
/// No renegotiation asked by the server, and an end without close_notify stays an error.
static inline void tnt_SSL_CTX_set_strict_options(SSL_CTX *c) {
  SSL_CTX_set_options(c, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_clear_options(c, SSL_OP_IGNORE_UNEXPECTED_EOF);
}
static inline int tnt_SSL_set_tlsext_host_name(SSL *s, const char *n) {
  return (int)SSL_set_tlsext_host_name(s, n);
}
static inline int tnt_SSL_get_extms_support(SSL *s) { return (int)SSL_get_extms_support(s); }
static inline int tnt_ERR_GET_REASON(unsigned long e) { return ERR_GET_REASON(e); }
static inline int tnt_ERR_GET_LIB(unsigned long e) { return ERR_GET_LIB(e); }
/// Asks the server to staple an OCSP response.
static inline void tnt_SSL_request_ocsp(SSL *s) { SSL_set_tlsext_status_type(s, TLSEXT_STATUSTYPE_ocsp); }
/// The stapled response's length and bytes, which stay the session's; -1 without one.
static inline long tnt_SSL_get_ocsp_response(SSL *s, const unsigned char **p) {
  return SSL_get_tlsext_status_ocsp_resp(s, p);
}

// For test servers.
static inline void tnt_SSL_CTX_set_status_callback(SSL_CTX *c, int (*f)(SSL *, void *), void *arg) {
  SSL_CTX_set_tlsext_status_cb(c, f);
  SSL_CTX_set_tlsext_status_arg(c, arg);
}
/// Copies `n` bytes; OpenSSL frees the copy.
static inline int tnt_SSL_set_ocsp_response(SSL *s, const unsigned char *p, long n) {
  unsigned char *copy = (unsigned char *)OPENSSL_memdup(p, (size_t)n);
  return copy != NULL && SSL_set_tlsext_status_ocsp_resp(s, copy, n) == 1;
}
