import IMAP
import SASL
import TenantBase
import Transport
import Wire

/// The connection that a mailbox wants: to where, how protected, as whom.
struct MailboxConnectionRequest: Sendable {
  let target: ConnectionTarget
  let requirement: TLSRequirement
  let login: MailLogin
  /// For the connection attempt, its TLS included.
  let connectTimeout: Duration
  var limits = IMAPLimits()
}

/// One connection to an IMAP server, from the socket to its end, on the event loop.
actor MailboxSession: EventLoopActor {
  /// The longest that one call may take: what is behind it has shorter limits of its own.
  static let callLimit: Duration = .seconds(6 * 60 * 60)

  nonisolated let loop: EventLoop
  private var client: IMAPClient?
  /// `host:port`, for messages.
  private(set) var peerName = "the server"
  private(set) var facts = MailConnectionFacts(protection: "", login: "", notes: [])

  init(loop: EventLoop) { self.loop = loop }

  /// Connects, makes TLS, and logs in.
  /// - Throws: `StreamError` or `IMAPError`; the connection is closed then.
  func open(_ request: MailboxConnectionRequest) async throws {
    peerName = request.target.name
    let stream = try await Connector.connect(
      to: request.target, deadline: .after(request.connectTimeout), on: loop)
    var configuration = IMAPConfiguration(tls: request.requirement, limits: request.limits)
    configuration.keepsTranscript = false
    let client = IMAPClient(stream: stream, configuration: configuration)
    let (login, requirement) = (request.login, request.requirement)
    let service = SASLService(name: "imap", host: request.target.host)
    var selection: SASLSelection?
    try await client.open(
      authenticator: { offer throws(SASLError) in
        let selected = try login.select(from: offer, requirement: requirement)
        selection = selected
        return selected.makeExchange(credentials: login.credentials, service: service)
      }, deadline: .after(Self.callLimit))
    self.client = client
    facts = MailConnectionFacts(of: stream, request.target.security, login, selection)
    facts.notes += client.alerts.map { "the server says: \($0)" }
  }

  /// Whether commands can be given.
  var isUsable: Bool { client?.isUsable ?? false }

  /// The open connection. Only for code that runs on this actor.
  func openClient() throws -> IMAPClient {
    guard let client else { throw StreamError(.closed, peer: peerName) }
    return client
  }

  /// For one command.
  var deadline: Deadline { .after(Self.callLimit) }

  /// Says goodbye where the connection is open. Never fails.
  func close() async {
    await client?.logout(deadline: .after(.seconds(10)))
    client = nil
  }
}
