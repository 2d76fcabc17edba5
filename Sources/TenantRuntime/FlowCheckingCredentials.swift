import Artifacts
import Certificates
import FlowModel
import MailAdapters
import System
import TenantBase

/// Whether the credentials that mail channels name are deployed, of the right kind, and allowed at the channel's host.
struct CredentialCheck: ChannelCheck {
  let keystore: CheckedKeystore
  let home: TenantHome
  let now: WallTime

  func covers(_ type: AdapterType) -> Bool { type.name == "Mail" }

  func findings(for channel: Channel, in flow: IntegrationFlow) -> [Finding] {
    MailLoginNeed.all(of: channel).flatMap { findings(for: $0, channel) }
  }

  private func findings(for need: MailLoginNeed, _ channel: Channel) -> [Finding] {
    // That OAuth2 cannot run yet, the adapter says; what holds a parameter without value is told as that.
    guard !need.isOAuth2, !need.credentialName.contains("{{") else { return [] }
    let name = PrintableText.escaping(need.credentialName)
    func finding(_ code: String, _ reason: String, remedy: String? = nil) -> [Finding] {
      [Finding(.error, code, at: need.place, .init(channel), "credential '\(name)' \(reason)", remedy: remedy)]
    }
    guard let known = keystore.artifacts[need.credentialName] else {
      switch keystore.state {
      case .unreadable(let explanation):
        return finding(
          "keystore-unreadable",
          "cannot be looked up: \(explanation.summary)" + (explanation.cause.map { ": \($0)" } ?? ""),
          remedy: explanation.hints.first)
      case .absent:
        return finding(
          "keystore-missing", "is not deployed: there is no keystore yet", remedy: "tenant\(home.hintOption) init")
      case .open: return finding("credential-missing", "is not deployed", remedy: remedy(for: need.credentialName))
      }
    }
    guard case .userCredentials(let credentials) = known.artifact else {
      return finding(
        "credential-wrong-kind", "is a \(known.artifact.type.title); the channel needs User Credentials",
        remedy: "deploy User Credentials under another name, and name them in the channel")
    }
    if let expires = known.expires, expires <= now {
      return finding("credential-expired", "expired on \(expires.rfc3339)", remedy: remedy(for: need.credentialName))
    }
    return hostFindings(credentials, channel.properties.text(need.serverKey), finding)
  }

  private func hostFindings(
    _ credentials: UserCredentials, _ server: String, _ finding: (String, String, String?) -> [Finding]
  ) -> [Finding] {
    guard let address = ServerAddress(server, defaultPort: 25),
      !credentials.allows(host: address.host)
    else { return [] }
    let hosts = credentials.allowedHosts.map(\.pattern).joined(separator: ", ")
    return finding(
      "credential-host", "may not be sent to \(address.host), only to \(hosts)",
      "correct the channel's address, or AllowedHost in the artifact")
  }

  /// As the run's own error gives it.
  private func remedy(for name: String) -> String {
    let file = FilePath.join(home.artifactsFolder, "\(name).xml")
    let quotedFile = ShellText.quoted(PrintableText.escaping(file))
    if FileStatus.exists(file) { return "tenant\(home.hintOption) deploy-artifact \(quotedFile)" }
    return
      "tenant new-artifact UserCredentials \(ShellText.quoted(PrintableText.escaping(name))) --user USER > \(quotedFile)"
  }
}

/// Whether the tenant's certificates are still valid, where a channel of the flow may need them.
struct CertificateCheck {
  let keystore: CheckedKeystore
  let home: TenantHome
  let now: WallTime

  func findings(for flow: IntegrationFlow) -> [Finding] {
    let secured = flow.channels.filter { $0.type.name == "Mail" && $0.properties.text("ssl").lowercased() != "off" }
    guard !secured.isEmpty else { return [] }
    let expired = keystore.certificates.filter { $0.certificate.isExpired(at: now.seconds) }
    let early = keystore.certificates.filter { $0.certificate.isNotYetValid(at: now.seconds) }
    var result = expired.map {
      finding(
        $0, "certificate-expired", "it was valid until", $0.certificate.notAfter,
        remedy: "tenant\(home.hintOption) keystore delete \(ShellText.quoted(PrintableText.escaping($0.alias)))")
    }
    result += early.map {
      finding(
        $0, "certificate-early", "it is valid only from", $0.certificate.notBefore,
        remedy: "tenant\(home.hintOption) import-certificate FILE --alias NAME, with one that is valid now")
    }
    let hasValid = keystore.certificates.count > expired.count + early.count
    for channel in secured where channel.properties.text("tenant.tls.trust").lowercased() == "keystore" && !hasValid {
      guard case .unreadable = keystore.state else {
        result.append(
          Finding(
            .error, "trust-empty", at: channel.properties.place(of: "tenant.tls.trust"), .init(channel),
            "it trusts the keystore's certificates alone, and there is no valid one",
            remedy: "tenant\(home.hintOption) import-certificate FILE --alias NAME"))
        continue
      }
    }
    return result
  }

  private func finding(
    _ known: CheckedKeystore.KnownCertificate, _ code: String, _ words: String, _ seconds: Int64,
    remedy: String
  ) -> Finding {
    Finding(
      .warning, code, at: SourcePlace(file: keystore.path), .init(.certificate, name: known.alias),
      "\(words) \(WallTime(seconds: seconds).inUTC.date)",
      remedy: remedy)
  }
}
