import Crypto
import TenantBase

/// The channel's Authentication: Plain or Encrypted User/Password.
package enum LoginStyle: Sendable, Equatable {
  /// `loginPlain`: PLAIN, else LOGIN.
  case plain
  /// `loginEncrypted`: a mechanism that does not send the password; never PLAIN or LOGIN, even inside TLS.
  case encrypted

  /// As the channel's property has it.
  package var name: String {
    switch self {
    case .plain: "loginPlain"
    case .encrypted: "loginEncrypted"
    }
  }
}

/// What protects the connection at the moment of the login.
package enum LoginProtection: Sendable, Equatable, CaseIterable {
  /// TLS with a verified certificate.
  case verifiedTLS
  /// No TLS because the channel itself says Protection off.
  case off
  /// No TLS although the channel asked for it where offered: the server, or somebody on the way, did not offer it.
  case optionalWithoutTLS
}

/// A danger that the settings allow and that is reported at every run.
package enum SASLWeakness: Sendable, Equatable {
  /// The password leaves readable.
  case readablePassword
  /// A mechanism whose exchange lets an eavesdropper search for the password quickly.
  case md5WithoutTLS

  package var message: String {
    switch self {
    case .readablePassword: "the password is sent readable, without TLS"
    case .md5WithoutTLS: "the login is by MD5 without TLS: who listens can search for the password"
    }
  }
}

/// Which mechanism a login uses, from what the channel says and the server offers.
///
/// One choice for a session: when the login fails, no weaker mechanism is tried.
package struct SASLPolicy: Sendable {
  package var style: LoginStyle
  package var protection: LoginProtection
  /// `tenant.allowPlaintextPassword`; counts only where Protection is off.
  package var allowsPlaintextPassword: Bool
  /// The binding data of this TLS connection by kind; empty without TLS.
  package var channelBindings: [ChannelBindingKind: [UInt8]]
  package var limits: SASLLimits

  package init(
    style: LoginStyle, protection: LoginProtection, allowsPlaintextPassword: Bool = false,
    channelBindings: [ChannelBindingKind: [UInt8]] = [:], limits: SASLLimits = SASLLimits()
  ) {
    self.style = style
    self.protection = protection
    self.allowsPlaintextPassword = allowsPlaintextPassword
    self.channelBindings = channelBindings
    self.limits = limits
  }

  /// Chooses the strongest allowed mechanism of those offered.
  ///
  /// - Parameter offered: from the list that the server gave inside TLS, where there is TLS.
  /// - Throws: `readablePasswordNotAllowed` or `passwordWouldBeReadable` when plain login lacks verified TLS, whatever
  ///   is offered; `noAcceptableMechanism` with what is offered and what is allowed.
  package func select(from offered: [SASLMechanismName]) throws(SASLError) -> SASLSelection {
    try checkReadablePassword()
    guard let mechanism = allowed.first(where: { offered.contains($0.name) }) else {
      throw nothingAcceptable(offered)
    }
    return SASLSelection(mechanism: mechanism, weakness: weakness(of: mechanism), limits: limits)
  }

  /// What `select` may choose, the strongest first. What the check says of a channel before there is a server.
  package var allowedMechanisms: [SASLMechanismName] { allowed.map(\.name) }

  /// - Throws: as `select`; for a check that knows no server yet.
  package func checkReadablePassword() throws(SASLError) {
    switch (style, protection) {
    case (.encrypted, _), (.plain, .verifiedTLS): return
    case (.plain, .off): guard allowsPlaintextPassword else { throw readablePasswordNotAllowed }
    case (.plain, .optionalWithoutTLS): throw passwordWouldBeReadable
    }
  }

  private var allowed: [SASLMechanism] {
    switch style {
    case .plain: [.plain, .login]
    case .encrypted:
      switch protection {
      case .verifiedTLS, .off: scramMechanisms + md5Mechanisms
      case .optionalWithoutTLS: scramMechanisms
      }
    }
  }

  /// RFC 5802 section 6: bound where the -PLUS mechanism is offered; `y` where we could bind but it is not (in our order
  /// it would have been chosen before); `n` where there is nothing to bind to.
  private var scramMechanisms: [SASLMechanism] {
    guard let bound = strongestBinding else { return [.scram(.sha256, .notSupported), .scram(.sha1, .notSupported)] }
    return [
      .scram(.sha256, bound), .scram(.sha256, .notOffered), .scram(.sha1, bound), .scram(.sha1, .notOffered),
    ]
  }

  private var md5Mechanisms: [SASLMechanism] { DigestAlgorithm.md5.isAvailable ? [.digestMD5, .cramMD5] : [] }

  private var strongestBinding: ChannelBinding? {
    guard protection == .verifiedTLS else { return nil }
    for kind in ChannelBindingKind.preferred {
      if let data = channelBindings[kind], !data.isEmpty { return .bound(kind: kind, data: data) }
    }
    return nil
  }

  private func weakness(of mechanism: SASLMechanism) -> SASLWeakness? {
    guard protection != .verifiedTLS else { return nil }
    switch mechanism {
    case .plain, .login: return .readablePassword
    case .digestMD5, .cramMD5: return .md5WithoutTLS
    case .scram: return nil
    }
  }
}

extension SASLPolicy {
  private var readablePasswordNotAllowed: SASLError {
    SASLError(
      .readablePasswordNotAllowed, detail: "\(style.name) without TLS would send the password readable",
      hints: [
        "set Protection to STARTTLS mandatory or to TLS from the start, or Authentication to loginEncrypted",
        "where a readable password is meant, set tenant.allowPlaintextPassword=true",
      ])
  }

  private var passwordWouldBeReadable: SASLError {
    SASLError(
      .passwordWouldBeReadable,
      detail: "the connection has no TLS, and \(style.name) would send the password readable",
      hints: ["set Protection to STARTTLS mandatory, so that missing TLS shows as such"])
  }

  private func nothingAcceptable(_ offered: [SASLMechanismName]) -> SASLError {
    let list = offered.map(\.rawValue).joined(separator: ", ")
    let offer = offered.isEmpty ? "the server offers no login" : "the server offers \(PrintableText.escaping(list))"
    let allowed = allowedMechanisms.map(\.rawValue).joined(separator: ", ")
    return SASLError(
      .noAcceptableMechanism, detail: "\(offer); \(style.name) \(situation) allows \(allowed)", hints: hints(offered))
  }

  private var situation: String {
    switch protection {
    case .verifiedTLS: "inside TLS"
    case .off: "with Protection off"
    case .optionalWithoutTLS: "without TLS although TLS was asked for"
    }
  }

  /// The other setting, where the server offers what it wants.
  private func hints(_ offered: [SASLMechanismName]) -> [String] {
    switch (style, protection) {
    case (.plain, _):
      var other = self
      other.style = .encrypted
      let isPossible = other.allowedMechanisms.contains { offered.contains($0) }
      return isPossible ? ["set Authentication to loginEncrypted: the server offers it"] : []
    case (.encrypted, .verifiedTLS):
      let isPossible = offered.contains(.plain) || offered.contains(.login)
      return isPossible ? ["set Authentication to loginPlain: inside verified TLS the password is protected"] : []
    case (.encrypted, .off), (.encrypted, .optionalWithoutTLS):
      return ["set Protection to STARTTLS mandatory: a server may offer more inside TLS"]
    }
  }
}
