import Artifacts
import Crypto
import System
import TenantBase

/// Changes of a keystore that take effect together or not at all.
package struct KeystoreChange {
  private let base: KeystoreState
  /// What the keystore will hold: lines as they were, or new ones.
  private var lines: [EntryKey: ArraySlice<UInt8>]
  private(set) var isChanged = false
  /// The generation that these changes make.
  let generation: UInt64
  /// Who changes it, for people.
  private let author: String
  private let time: WallTime

  init(of base: KeystoreState, author: String, time: WallTime) {
    self.base = base
    self.author = author
    self.time = WallTime(seconds: time.seconds)
    generation = base.header.generation + 1
    lines = [:]
    for key in base.sortedKeys { lines[key] = base.line(for: key) }
  }

  /// The artifacts of that name as they will be.
  package func contains(artifact name: ArtifactName) -> Bool {
    lines[EntryKey(space: .artifacts, alias: name)] != nil
  }

  package func contains(certificate alias: ArtifactName) -> Bool {
    lines[EntryKey(space: .certificates, alias: alias)] != nil
  }

  /// Deploys an artifact; one of the same name is replaced.
  ///
  /// - Throws: `.badSecret`, `.badField`, `.full`.
  package mutating func deploy(
    _ artifact: Artifact, secret: borrowing SecretBytes, expires: WallTime? = nil
  ) throws(KeystoreError) {
    if let fault = SecretRule.fault(of: secret, for: artifact.type) {
      throw KeystoreError(
        .badSecret(fault),
        "the \(artifact.type.secretTitle) for '\(PrintableText.escaping(artifact.name.text))' \(fault.text)",
        failureClass: .badInput)
    }
    try FieldRules.check(artifact)
    let content: KeystoreEntry.Content =
      switch artifact {
      case .userCredentials(let credentials): .userCredentials(credentials)
      case .secureParameter(let parameter): .secureParameter(parameter)
      }
    let entry = entry(content, expires: expires.map { WallTime(seconds: $0.seconds) })
    try put(StoredEntry(entry, secret: secret, storeID: base.header.storeID, keys: base.keys))
  }

  /// Takes a certificate up among those that are trusted; one under the same alias is replaced.
  ///
  /// - Throws: `.badField` when it is empty or too large.
  package mutating func trust(_ certificate: CertificateEntry) throws(KeystoreError) {
    guard (1...KeystoreLimits.certificateBytes).contains(certificate.der.count) else {
      throw .badField("the certificate", "has no or more than \(KeystoreLimits.certificateBytes) bytes")
    }
    try FieldRules.check("the description", certificate.description, limit: ArtifactLimits.descriptionCharacters)
    try put(StoredEntry(entry(.certificate(certificate), expires: nil)))
  }

  /// Adds a key for what flows keep, unless there is one.
  mutating func makeStateKey() throws(KeystoreError) {
    guard !lines.keys.contains(where: { $0.space == .stateKeys }) else { return }
    let entry = try StateKeyEntry.make(version: generation, author: author, time: time)
    try put(
      StoredEntry(
        entry, secret: .random(count: Vault.stateKeyLength), storeID: base.header.storeID, keys: base.keys))
  }

  /// Removes an artifact; false when there was none.
  @discardableResult
  package mutating func undeploy(_ name: ArtifactName) -> Bool {
    remove(EntryKey(space: .artifacts, alias: name))
  }

  /// Removes a certificate; false when there was none.
  @discardableResult
  package mutating func distrust(alias: ArtifactName) -> Bool {
    remove(EntryKey(space: .certificates, alias: alias))
  }

  /// Gives a certificate another alias.
  ///
  /// - Throws: `.unknownEntry`, `.nameTaken`.
  package mutating func renameCertificate(_ alias: ArtifactName, to newAlias: ArtifactName) throws(KeystoreError) {
    let key = EntryKey(space: .certificates, alias: alias)
    guard let line = lines[key], case .certificate(var certificate) = try Self.stored(line, base.path).entry.content
    else { throw .unknownEntry(alias.text, "certificate") }
    guard !contains(certificate: newAlias) else {
      throw KeystoreError(.nameTaken, "there is a certificate '\(newAlias)' already", failureClass: .badInput)
    }
    certificate.alias = newAlias
    remove(key)
    try trust(certificate)
  }

  @discardableResult
  private mutating func remove(_ key: EntryKey) -> Bool {
    guard lines.removeValue(forKey: key) != nil else { return false }
    isChanged = true
    return true
  }

  private mutating func put(_ stored: StoredEntry) throws(KeystoreError) {
    let line = stored.line
    guard line.count <= KeystoreLimits.lineBytes else { throw .badField("the entry", "is too large") }
    lines[EntryKey(space: stored.entry.type.space, alias: stored.entry.alias)] = line[...]
    guard lines.count <= KeystoreLimits.entries else {
      throw KeystoreError(.full, "the keystore holds \(KeystoreLimits.entries) entries and takes no more")
    }
    isChanged = true
  }

  private func entry(_ content: KeystoreEntry.Content, expires: WallTime?) -> KeystoreEntry {
    KeystoreEntry(content: content, version: generation, deployedBy: author, deployedOn: time, expires: expires)
  }

  static func stored(_ line: ArraySlice<UInt8>, _ path: String) throws(KeystoreError) -> StoredEntry {
    do throws(LineReader.Fault) { return try StoredEntry(Array(line), in: 0..<line.count) } catch {
      throw .malformed(path, line: 1)
    }
  }

  /// The lines of the new file, sorted.
  func sortedLines() -> [ArraySlice<UInt8>] { lines.keys.sorted().compactMap { lines[$0] } }
}

/// What the clear fields of an entry must be, whoever made them.
enum FieldRules {
  static func check(_ artifact: Artifact) throws(KeystoreError) {
    try check("the description", artifact.description, limit: ArtifactLimits.descriptionCharacters, lineEnds: true)
    guard case .userCredentials(let credentials) = artifact else { return }
    try check("the user", credentials.user, limit: ArtifactLimits.userCharacters, lineEnds: false)
    guard !credentials.user.isEmpty else { throw .badField("the user", "is empty") }
    switch credentials.kind {
    case .default: break
    case .successFactors(let companyID):
      try check("the company id", companyID, limit: ArtifactLimits.fieldCharacters, lineEnds: false)
    case .openConnectors(let organization, let element):
      try check("the organization", organization, limit: ArtifactLimits.fieldCharacters, lineEnds: false)
      try check("the element", element, limit: ArtifactLimits.fieldCharacters, lineEnds: false)
    }
    guard credentials.allowedHosts.count <= ArtifactLimits.allowedHosts else {
      throw .badField("the list of allowed hosts", "has more than \(ArtifactLimits.allowedHosts) hosts")
    }
  }

  /// - Parameter lineEnds: whether line ends and tabs may stand in it.
  static func check(_ name: String, _ text: String, limit: Int, lineEnds: Bool = true) throws(KeystoreError) {
    guard text.unicodeScalars.count <= limit else { throw .badField(name, "is longer than \(limit) characters") }
    guard
      text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || lineEnds && ($0 == ASCII.lf || $0 == ASCII.htab) })
    else { throw .badField(name, "holds a control character") }
  }
}
