import COpenSSL

extension TLSSession {
  /// The server itself staples an OCSP response that calls its certificate revoked (RFC 6066 section 8).
  ///
  /// Only this answer counts, and its signature is not asked for: a server that says so of itself may be believed, and
  /// one that hides it staples nothing.
  func isStapledRevoked() -> Bool {
    guard let certificate = SSL_get0_peer_certificate(ssl), let response = stapledResponse() else { return false }
    defer { OCSP_BASICRESP_free(response) }
    let serial = X509_get0_serialNumber(certificate)
    return (0..<min(max(OCSP_resp_count(response), 0), 64)).contains { index in
      guard let single = OCSP_resp_get0(response, index) else { return false }
      var named: UnsafeMutablePointer<ASN1_INTEGER>?
      guard OCSP_id_get0_info(nil, nil, nil, &named, OCSP_SINGLERESP_get0_id(single)) == 1 else { return false }
      return ASN1_INTEGER_cmp(named, serial) == 0
        && OCSP_single_get0_status(single, nil, nil, nil, nil) == V_OCSP_CERTSTATUS_REVOKED
    }
  }

  /// Owned by the caller; nil when there is none, or none that can be read.
  private func stapledResponse() -> OpaquePointer? {
    defer { ERR_clear_error() }
    var bytes: UnsafePointer<UInt8>?
    let length = tnt_SSL_get_ocsp_response(ssl, &bytes)
    guard length > 0, bytes != nil, let response = d2i_OCSP_RESPONSE(nil, &bytes, length) else { return nil }
    defer { OCSP_RESPONSE_free(response) }
    return OCSP_response_get1_basic(response)
  }
}
