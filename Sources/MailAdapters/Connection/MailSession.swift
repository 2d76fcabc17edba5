import SASL
import SMTP
import TenantBase
import Transport
import Wire

/// One connection to a mail server, from the socket to its end, on the event loop.
actor MailSession: EventLoopActor {
  nonisolated let loop: EventLoop
  private var client: SMTPClient?
  private var stream: SocketStream?
  private(set) var facts = Facts(protection: "", login: "", notes: [])
  /// Mails that were handed to it, whatever became of them.
  private(set) var mailCount = 0

  typealias Facts = MailConnectionFacts

  init(loop: EventLoop) { self.loop = loop }

  /// Connects, makes TLS, and logs in.
  /// - Throws: `StreamError` or `SMTPError`; the connection is closed then.
  func open(_ request: MailConnectionRequest, deadline: Deadline) async throws {
    let connectDeadline = Deadline.after(request.connectTimeout).orEarlier(deadline)
    let stream = try await Connector.connect(to: request.target, deadline: connectDeadline, on: loop)
    let client = SMTPClient(
      stream: stream, configuration: SMTPConfiguration(clientName: request.clientName, tls: request.requirement))
    var selection: SASLSelection?
    if let login = request.login {
      let service = SASLService(name: "smtp", host: request.target.host)
      try await client.open(
        authenticator: { offer throws(SASLError) in
          let selected = try login.select(from: offer, requirement: request.requirement)
          selection = selected
          return selected.makeExchange(credentials: login.credentials, service: service)
        }, deadline: deadline)
    } else {
      try await client.open(authenticator: nil, deadline: deadline)
    }
    self.stream = stream
    self.client = client
    facts = Facts(of: stream, request.target.security, request.login, selection)
  }

  /// Whether another mail can go over the connection: it is open, and the server has not said a word since the last one.
  var isReusable: Bool { client?.isUsable == true && stream?.isQuiet == true }

  /// - Throws: `SMTPError` when nobody can have got the mail.
  func send(_ envelope: SMTPEnvelope, _ composed: ComposedMail, deadline: Deadline) async throws -> SMTPOutcome {
    guard let client else { throw StreamError(.closed, peer: "the server") }
    mailCount += 1
    return try await client.send(envelope, composed.mail, deadline: deadline)
  }

  /// Says goodbye where the connection is open. Never fails.
  func quit(deadline: Deadline) async {
    await client?.quit(deadline: deadline)
    client = nil
    stream = nil
  }
}
