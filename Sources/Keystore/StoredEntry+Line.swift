import Artifacts
import Crypto
import System
import TenantBase

// The line of an entry. Keys stand in this order:
// type, alias, version, deployedBy, deployedOn, [expires], description, what the type has, nonce, secret.

extension StoredEntry {
  /// The line without its line end.
  var line: [UInt8] {
    var line = LineWriter()
    line.raw("{\"type\":")
    line.string(entry.type.rawValue)
    line.raw(",\"alias\":")
    line.string(entry.alias.text)
    line.raw(",\"version\":")
    line.number(entry.version)
    line.raw(",\"deployedBy\":")
    line.string(entry.deployedBy)
    line.raw(",\"deployedOn\":")
    line.time(entry.deployedOn)
    if let expires = entry.expires {
      line.raw(",\"expires\":")
      line.time(expires)
    }
    line.raw(",\"description\":")
    line.string(entry.description)
    writeContent(to: &line)
    if let sealed {
      line.raw(",\"nonce\":")
      line.base64(sealed.nonce)
      line.raw(",\"secret\":")
      line.base64(sealed.ciphertext)
    }
    line.raw("}")
    return line.bytes
  }

  private func writeContent(to line: inout LineWriter) {
    switch entry.content {
    case .userCredentials(let credentials): Self.write(credentials, to: &line)
    case .certificate(let certificate):
      line.raw(",\"certificate\":")
      line.base64(certificate.der)
    case .secureParameter, .retiredSealingKey, .stateKey: break
    }
  }

  private static func write(_ credentials: UserCredentials, to line: inout LineWriter) {
    line.raw(",\"user\":")
    line.string(credentials.user)
    line.raw(",\"kind\":")
    line.string(credentials.kind.name)
    switch credentials.kind {
    case .default: break
    case .successFactors(let companyID):
      line.raw(",\"companyId\":")
      line.string(companyID)
    case .openConnectors(let organization, let element):
      line.raw(",\"organization\":")
      line.string(organization)
      line.raw(",\"element\":")
      line.string(element)
    }
    line.raw(",\"allowedHosts\":[")
    for (index, host) in credentials.allowedHosts.enumerated() {
      if index > 0 { line.raw(",") }
      line.string(host.pattern)
    }
    line.raw("]")
  }

  /// Only the type and alias of the entry in a line: what an index needs.
  static func key(_ bytes: [UInt8], in range: Range<Int>) throws(LineReader.Fault) -> EntryKey {
    var line = LineReader(bytes, in: range)
    let (type, alias) = try readTypeAndAlias(from: &line)
    return EntryKey(space: type.space, alias: alias)
  }

  private static func readTypeAndAlias(
    from line: inout LineReader
  ) throws(LineReader.Fault) -> (EntryType, ArtifactName) {
    try line.expect("{\"type\":")
    let offset = line.offset
    guard let type = EntryType(rawValue: try line.string(limit: 32)) else { throw LineReader.Fault(offset: offset) }
    try line.expect(",\"alias\":")
    return (type, try readName(from: &line))
  }

  private static func readName(from line: inout LineReader) throws(LineReader.Fault) -> ArtifactName {
    let offset = line.offset
    let text = try line.string(limit: ArtifactLimits.nameCharacters * 4)
    do throws(NameFault) { return try ArtifactName(text) } catch { throw LineReader.Fault(offset: offset) }
  }

  /// - Parameter range: the line without its line end.
  init(_ bytes: [UInt8], in range: Range<Int>) throws(LineReader.Fault) {
    var line = LineReader(bytes, in: range)
    let (type, alias) = try Self.readTypeAndAlias(from: &line)
    try line.expect(",\"version\":")
    let version = try line.number()
    try line.expect(",\"deployedBy\":")
    let deployedBy = try line.string(limit: ArtifactLimits.fieldCharacters * 4)
    try line.expect(",\"deployedOn\":")
    let deployedOn = try line.time()
    let expires = line.skip(",\"expires\":") ? try line.time() : nil
    try line.expect(",\"description\":")
    let description = try line.string(limit: ArtifactLimits.descriptionCharacters * 4)
    let content = try Self.readContent(type, alias: alias, description: description, from: &line)
    sealed = type == .certificate ? nil : try Self.readSecret(from: &line)
    try line.expect("}")
    try line.expectEnd()
    entry = KeystoreEntry(
      content: content, version: version, deployedBy: deployedBy, deployedOn: deployedOn, expires: expires)
  }

  private static func readContent(
    _ type: EntryType, alias: ArtifactName, description: String, from line: inout LineReader
  ) throws(LineReader.Fault) -> KeystoreEntry.Content {
    switch type {
    case .userCredentials:
      var credentials = try readCredentials(alias, from: &line)
      credentials.description = description
      return .userCredentials(credentials)
    case .secureParameter: return .secureParameter(SecureParameter(name: alias, description: description))
    case .certificate:
      try line.expect(",\"certificate\":")
      let der = try line.base64(limit: KeystoreLimits.certificateBytes)
      return .certificate(CertificateEntry(alias: alias, der: der, description: description))
    case .retiredSealingKey:
      guard description.isEmpty else { throw LineReader.Fault(offset: line.offset) }
      return .retiredSealingKey(alias)
    case .stateKey:
      guard description.isEmpty else { throw LineReader.Fault(offset: line.offset) }
      return .stateKey(alias)
    }
  }

  private static func readCredentials(
    _ name: ArtifactName, from line: inout LineReader
  ) throws(LineReader.Fault) -> UserCredentials {
    try line.expect(",\"user\":")
    let user = try line.string(limit: ArtifactLimits.userCharacters * 4)
    try line.expect(",\"kind\":")
    let kind = try readKind(from: &line)
    try line.expect(",\"allowedHosts\":[")
    var hosts: [AllowedHost] = []
    if !line.skip("]") {
      repeat {
        let offset = line.offset
        let text = try line.string(limit: ArtifactLimits.hostCharacters)
        guard let host = AllowedHost(text), host.pattern == text, hosts.count < ArtifactLimits.allowedHosts else {
          throw LineReader.Fault(offset: offset)
        }
        hosts.append(host)
      } while line.skip(",")
      try line.expect("]")
    }
    return UserCredentials(name: name, user: user, kind: kind, allowedHosts: hosts)
  }

  private static func readKind(from line: inout LineReader) throws(LineReader.Fault) -> UserCredentials.Kind {
    let limit = ArtifactLimits.fieldCharacters * 4
    if line.skip("\"default\"") { return .default }
    if line.skip("\"successfactors\",\"companyId\":") {
      return .successFactors(companyID: try line.string(limit: limit))
    }
    try line.expect("\"openconnectors\",\"organization\":")
    let organization = try line.string(limit: limit)
    try line.expect(",\"element\":")
    return .openConnectors(organization: organization, element: try line.string(limit: limit))
  }

  private static func readSecret(from line: inout LineReader) throws(LineReader.Fault) -> AuthenticatedCipher.Sealed {
    try line.expect(",\"nonce\":")
    let nonce = try line.base64(count: AuthenticatedCipher.nonceLength)
    try line.expect(",\"secret\":")
    let longest = ArtifactLimits.parameterCharacters * 4 + paddingBlock + AuthenticatedCipher.tagLength
    return AuthenticatedCipher.Sealed(nonce: nonce, ciphertext: try line.base64(limit: longest))
  }
}
