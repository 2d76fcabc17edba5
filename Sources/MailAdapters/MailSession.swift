import Crypto
import SASL
import SMTP
import TenantBase
import Transport
import Wire

/// One connection to a mail server, from the socket to the login, on the event loop.
actor MailSession: EventLoopActor {
  nonisolated let loop: EventLoop
  private var client: SMTPClient?
  private var stream: SocketStream?
  private var selection: SASLSelection?

  init(loop: EventLoop = .shared) { self.loop = loop }

  /// Who logs in, and under which rules.
  struct Login: Sendable {
    let style: LoginStyle
    let credential: MailCredential
    let allowsPlaintextPassword: Bool
    /// The connection was sent elsewhere for a test: no credential leaves without verified TLS, whatever the channel says.
    let needsVerifiedTLS: Bool
  }

  /// What came of opening.
  struct Facts: Sendable {
    let protection: String
    let login: String
    let notes: [String]
  }

  /// Connects, makes TLS, and logs in.
  /// - Throws: `StreamError` or `SMTPError`.
  func open(
    _ target: ConnectionTarget, tls requirement: TLSRequirement, clientName: SMTPClientName, login: Login?,
    connectTimeout: Duration, deadline: Deadline
  ) async throws {
    let connectDeadline = Deadline.after(connectTimeout).orEarlier(deadline)
    let stream = try await Connector.connect(to: target, deadline: connectDeadline, on: loop)
    self.stream = stream
    let client = SMTPClient(stream: stream, configuration: SMTPConfiguration(clientName: clientName, tls: requirement))
    self.client = client
    guard let login else {
      try await client.open(authenticator: nil, deadline: deadline)
      return
    }
    try await client.open(
      authenticator: { offer throws(SASLError) in
        try self.makeExchange(for: offer, login: login, requirement: requirement, host: target.host)
      }, deadline: deadline)
  }

  private func makeExchange(
    for offer: SMTPLoginOffer, login: Login, requirement: TLSRequirement, host: String
  ) throws(SASLError) -> any SASLExchange {
    if login.needsVerifiedTLS, !offer.security.isVerifiedTLS {
      throw SASLError(
        .passwordWouldBeReadable,
        detail: "a connection that --connect-to sends elsewhere gets no credential without verified TLS")
    }
    var bindings: [SASL.ChannelBindingKind: [UInt8]] = [:]
    for kind in SASL.ChannelBindingKind.preferred { bindings[kind] = offer.channelBinding(kind.rawValue) }
    let protection: LoginProtection =
      offer.security.isVerifiedTLS ? .verifiedTLS : requirement == .off ? .off : .optionalWithoutTLS
    let policy = SASLPolicy(
      style: login.style, protection: protection, allowsPlaintextPassword: login.allowsPlaintextPassword,
      channelBindings: bindings)
    let selection = try policy.select(from: offer.mechanisms)
    self.selection = selection
    return selection.makeExchange(
      credentials: SASLCredentials(userName: login.credential.user, password: login.credential.password),
      service: SASLService(name: "smtp", host: host))
  }

  /// How the connection is protected and who is logged in, for the report.
  func facts(target: ConnectionTarget, login: Login?) -> Facts {
    let security = stream?.security ?? .plaintext
    var protection = "no TLS"
    if case .tls(let version, _, let isVerified) = security {
      let start = target.security == .startTLS ? "STARTTLS" : "implicit TLS"
      protection = "\(start), \(version), \(isVerified ? "verified" : "not verified")"
    }
    guard let login, let selection else { return Facts(protection: protection, login: "", notes: []) }
    return Facts(
      protection: protection,
      login: "\(selection.mechanism.rawValue) as \(PrintableText.escaping(login.credential.user))",
      notes: selection.weakness.map { [$0.message] } ?? [])
  }

  /// - Throws: `SMTPError` when nobody can have got the mail.
  func send(_ envelope: SMTPEnvelope, _ composed: ComposedMail, deadline: Deadline) async throws -> SMTPOutcome {
    guard let client else { throw StreamError(.closed, peer: "the server") }
    return try await client.send(envelope, composed.mail, deadline: deadline)
  }

  func quit(deadline: Deadline) async {
    await client?.quit(deadline: deadline)
    client = nil
    stream = nil
  }
}
