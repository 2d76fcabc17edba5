import Certificates
import Crypto
import MIME
import SASL
import SMTP
import System
import TenantBase
import Transport
import Wire

/// The SMTP client alone: mails over one or several connections, from connecting to the answer to QUIT.
///
/// Settings: host, port, security (starttls or tls), ca (PEM file), user and password (a file; both absent: no login),
/// to (the recipient).
struct SendClient {
  private let target: ConnectionTarget
  private let requirement: TLSRequirement
  private let credentials: SASLCredentials?
  private let envelope: SMTPEnvelope

  init(_ settings: Settings) throws {
    let isImplicit = try settings.text("security") == "tls"
    let file = try settings.text("ca")
    let certificates = try CertificateFile(
      reading: FileContents.read(file, limit: CertificateLimits.inputBytes), name: file
    ).certificates
    target = ConnectionTarget(
      host: try settings.text("host"), port: try settings.port("port"),
      security: isImplicit ? .implicitTLS : .startTLS,
      tls: TLSPolicy(trust: TrustStore(includesSystemAuthorities: false, certificates: certificates)))
    requirement = isImplicit ? .implicitTLS : .startTLSRequired
    credentials = try settings.optional("user").map { user in
      let password = SecretBytes(copying: try Settings.secret(try settings.text("password")))
      return SASLCredentials(userName: user, password: SecretBox(password))
    }
    envelope = SMTPEnvelope(
      sender: try MailAddress.parsing("orders@example.com", field: "from"),
      recipients: [SMTPRecipient(try MailAddress.parsing(try settings.text("to"), field: "to"))])
  }

  func serve() async throws {
    while let line = readLine() {
      let order = try Order(line)
      let mail = try makeMail(order)
      let began = ContinuousClock.now
      try await EventLoop.shared.perform { [self] in try await send(order, mail) }
      try answer(seconds: began.duration(to: .now))
    }
  }

  private func makeMail(_ order: Order) throws -> OutgoingMail {
    let from = try AddressList.parsing("orders@example.com", field: "from")
    let to = try AddressList.parsing("anna@example.org", field: "to")
    let body = MailBody(source: .bytes(order.body), mediaType: .plainText)
    let draft = MailDraft(from: from, to: to, subject: "A benchmark", content: MailContent(body: body))
    guard let date = HeaderDate.parse(Array("Fri, 20 Nov 2026 12:00:00 +0000".utf8)) else {
      throw BenchError("no date")
    }
    return try draft.build(
      identity: MailIdentity(messageID: "<bench@example.com>", date: date, boundaryToken: "bench"))
  }

  private func send(_ order: Order, _ mail: OutgoingMail) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for share in order.shares where share > 0 {
        group.addTask(executorPreference: EventLoop.shared) {
          let session = BenchSession()
          try await session.send(self.envelope, mail, count: share, self)
        }
      }
      try await group.waitForAll()
    }
  }

  fileprivate func open(deadline: Deadline) async throws -> SMTPClient {
    let stream = try await Connector.connect(to: target, deadline: deadline)
    var configuration = SMTPConfiguration(clientName: SMTPClientName(hostName: "bench.example.com"), tls: requirement)
    configuration.keepsTranscript = true
    let client = SMTPClient(stream: stream, configuration: configuration)
    if let credentials {
      try await client.open(
        authenticator: { _ throws(SASLError) in PlainExchange(credentials: credentials) }, deadline: deadline)
    } else {
      try await client.open(authenticator: nil, deadline: deadline)
    }
    return client
  }
}

/// One connection on the event loop, as the pool of the mail adapter has them.
private actor BenchSession: EventLoopActor {
  nonisolated let loop = EventLoop.shared

  func send(_ envelope: SMTPEnvelope, _ mail: OutgoingMail, count: Int, _ bench: SendClient) async throws {
    let deadline = Deadline.after(.seconds(120))
    let client = try await bench.open(deadline: deadline)
    for _ in 0..<count {
      let outcome = try await client.send(envelope, mail, deadline: deadline)
      guard outcome.failureClass == nil else { throw BenchError("a mail was refused") }
    }
    await client.quit(deadline: deadline)
  }
}
