import Artifacts
import Certificates
import Keystore
import System
import TenantBase

/// Takes certificates up among those that a tenant trusts.
package struct CertificateImport {
  /// A certificate that is offered for import.
  package struct Candidate: Sendable {
    package let certificate: Certificate
    /// The file or server that it came from, for messages.
    package let origin: String
    /// The alias that it will have, or has.
    package let alias: ArtifactName
    package let standing: Standing
  }

  package enum Standing: Sendable, Equatable {
    case new
    /// The same certificate is there already.
    case present
    /// Its last second has passed.
    case expired
  }

  private let vault: Vault
  private let home: TenantHome
  package private(set) var candidates: [Candidate] = []
  private var taken: [ArtifactName: [UInt8]]

  package init(vault: Vault, home: TenantHome) throws {
    self.vault = vault
    self.home = home
    taken = [:]
    for entry in try vault.certificates() { taken[entry.alias] = entry.der }
  }

  /// Adds certificates to the candidates.
  ///
  /// - Parameters:
  ///   - alias: the name of a single one; several get `alias-1`, `alias-2`. nil: each is named after its subject.
  ///   - now: Unix seconds.
  /// - Throws: when the alias is taken by another certificate.
  package mutating func offer(
    _ certificates: [Certificate], from origin: String, alias: ArtifactName?, now: Int64 = WallTime.now.seconds
  ) throws {
    var missing: [Certificate] = []
    for certificate in certificates where !candidates.contains(where: { $0.certificate == certificate }) {
      guard let present = taken.first(where: { $0.value == certificate.der }) else {
        missing.append(certificate)
        continue
      }
      candidates.append(Candidate(certificate: certificate, origin: origin, alias: present.key, standing: .present))
    }
    for (index, certificate) in missing.enumerated() {
      let number = missing.count > 1 ? index + 1 : nil
      let name = try alias.map { try self.alias($0, number: number) } ?? derivedAlias(of: certificate)
      taken[name] = certificate.der
      candidates.append(
        Candidate(
          certificate: certificate, origin: origin, alias: name,
          standing: certificate.isExpired(at: now) ? .expired : .new))
    }
  }

  private func alias(_ base: ArtifactName, number: Int?) throws -> ArtifactName {
    let text = number.map { "\(base.text)-\($0)" } ?? base.text
    guard let name = try? ArtifactName(text) else {
      throw HomeError(.badInput, Explanation("the alias '\(PrintableText.escaping(text))' is too long"))
    }
    guard taken[name] == nil else {
      throw HomeError(
        .badInput,
        Explanation(
          "there is another certificate '\(PrintableText.escaping(text))' already",
          hints: [
            "choose another --alias",
            "or remove that one first: tenant\(home.hintOption) keystore delete \(ShellText.quoted(PrintableText.escaping(text)))",
          ]))
    }
    return name
  }

  /// A name after the subject; with a number when it is taken.
  private func derivedAlias(of certificate: Certificate) throws -> ArtifactName {
    let base = CertificateAlias.derived(from: certificate)
    var number = 1
    while true {
      let name = try ArtifactName(number == 1 ? base : "\(base)-\(number)")
      if taken[name] == nil { return name }
      number += 1
    }
  }

  /// What is not in the keystore yet.
  package var pending: [Candidate] { candidates.filter { $0.standing != .present } }

  /// Takes all pending candidates up, at once.
  package func commit() throws {
    let pending = pending
    do throws(KeystoreError) {
      try vault.change { (change) throws(KeystoreError) in
        for candidate in pending {
          try change.trust(
            CertificateEntry(
              alias: candidate.alias, der: candidate.certificate.der, description: "from \(candidate.origin)"))
        }
      }
    } catch {
      throw TenantKeystoreError(error, home: home)
    }
  }
}

/// Names for certificates that nobody named.
enum CertificateAlias {
  private static let longest = 60

  /// The common name of the subject, else its organization, else the fingerprint's first digits; in small letters, digits,
  /// dots and hyphens.
  static func derived(from certificate: Certificate) -> String {
    for attribute in ["CN", "OU", "O"] {
      if let value = value(of: attribute, in: certificate.subject) {
        let name = slug(value)
        if !name.isEmpty { return name }
      }
    }
    return "certificate-" + RandomIdentifier.hex(certificate.fingerprint.prefix(4))
  }

  /// The value of the first such attribute of a name in the form of RFC 4514.
  private static func value(of attribute: String, in name: String) -> String? {
    var component = ""
    var components: [String] = []
    var isEscaped = false
    for character in name {
      if isEscaped {
        component.append(character)
        isEscaped = false
      } else if character == "\\" {
        isEscaped = true
      } else if character == "," || character == "+" {
        components.append(component)
        component = ""
      } else {
        component.append(character)
      }
    }
    components.append(component)
    for component in components {
      let trimmed = component.drop { $0 == " " }
      if trimmed.hasPrefix("\(attribute)=") { return String(trimmed.dropFirst(attribute.count + 1)) }
    }
    return nil
  }

  private static func slug(_ text: String) -> String {
    var result = ""
    for scalar in text.lowercased().unicodeScalars {
      let isKept = scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || scalar == "." || scalar == "_"
      if isKept {
        result.unicodeScalars.append(scalar)
      } else if !result.isEmpty, result.last != "-" {
        result += "-"
      }
      if result.count >= longest { break }
    }
    let ends: Set<Character> = ["-", ".", "_"]
    while let last = result.last, ends.contains(last) { result.removeLast() }
    while let first = result.first, ends.contains(first) { result.removeFirst() }
    return result
  }
}
