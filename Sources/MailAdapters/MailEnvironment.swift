import Certificates
import FlowEngine
import MIME
import TenantBase
import Transport

/// What the runtime gives to mail adapters: keystore, trust, connections, and the test options of one run.
package struct MailEnvironment: Sendable {
  package let credentials: any CredentialSource
  /// The certificates of the tenant keystore, and those trusted for this run only.
  package let certificates: [Certificate]
  /// Of the keystore, so that a changed trust is a new policy.
  package let trustGeneration: UInt64
  /// Connections between mails; ended by ``close()``.
  package let pool: MailConnectionPool
  /// The name we give ourselves in EHLO where the channel names none; nil to take the machine's.
  package var clientName: String?
  /// Tests: connections to these addresses go elsewhere; name, SNI and certificate check stay the flow's.
  package var redirections: [ServerAddress: ServerAddress] = [:]
  /// Tests: every mail is delivered here.
  package var redirectTo: MailAddress?
  /// What of these is for tests only, for the report of every delivery.
  package var testNotes: [String] = []
  /// Where large mails lie while they are processed; made when the first one comes.
  package var spoolFolder = "."
  /// Shows the mails that would leave and sends nothing.
  package var isDryRun = false

  package init(
    credentials: any CredentialSource, certificates: [Certificate], trustGeneration: UInt64,
    pool: MailConnectionPool = MailConnectionPool()
  ) {
    self.credentials = credentials
    self.certificates = certificates
    self.trustGeneration = trustGeneration
    self.pool = pool
  }

  /// Ends the connections that are kept. Called once, at the end of the run.
  package func close() async { await pool.close() }

  func policy(_ settings: MailTLSSettings) -> TLSPolicy {
    TLSPolicy(
      trust: TrustStore(
        includesSystemAuthorities: settings.trust == .systemAndKeystore, certificates: certificates,
        generation: trustGeneration),
      minimumVersion: settings.minimumVersion, maximumVersion: settings.maximumVersion, pinnedSHA256: settings.pins)
  }

  /// - Throws: an ``ExplainedError``: not deployed, or not for this host.
  func credential(named name: String, for host: String) throws -> MailCredential {
    let credential = try credentials.mailCredential(named: name)
    guard credential.isAllowed(at: host) else {
      throw FlowFailure(
        .channelFailed, class: .refused,
        Explanation(
          "credential '\(PrintableText.escaping(name))' may not be sent to \(host)",
          cause: "it is for \(credential.allowedHosts.joined(separator: ", ")) only (AllowedHost of the artifact)"))
    }
    return credential
  }

  /// What a person must know of reading from `server` because of the test options.
  func sourceNotes(for server: ServerAddress) -> [String] {
    var notes = testNotes
    if let elsewhere = redirections[server] {
      notes.append("test: connections for \(server) go to \(elsewhere) (--connect-to)")
    }
    return notes
  }

  /// What a person must know of a delivery to `server` because of the test options.
  func notes(for server: ServerAddress) -> [String] {
    var notes = sourceNotes(for: server)
    if let redirectTo { notes.append("test: mails go to \(redirectTo.specification) alone (--redirect-to)") }
    return notes
  }
}
