import Certificates
import Crypto
import IMAP
import MIME
import SASL
import System
import TenantBase
import Transport
import Wire

/// The IMAP client alone: every mail of a folder over one connection in implicit TLS, from connecting to the answer to
/// LOGOUT, each parsed as it arrives to subject, addresses, text and attachments.
///
/// Settings: host, port, ca (PEM file), user, password (a file), folder, count (how many mails there must be); summaries
/// (yes: sizes and Message-IDs are asked for first, as the mail sender does); parse (no: content goes nowhere).
struct FetchClient {
  private let target: ConnectionTarget
  private let credentials: SASLCredentials
  private let folder: MailboxName
  private let count: Int
  private let asksForSummaries: Bool
  private let parses: Bool

  init(_ settings: Settings) throws {
    let file = try settings.text("ca")
    let certificates = try CertificateFile(
      reading: FileContents.read(file, limit: CertificateLimits.inputBytes), name: file
    ).certificates
    target = ConnectionTarget(
      host: try settings.text("host"), port: try settings.port("port"), security: .implicitTLS,
      tls: TLSPolicy(trust: TrustStore(includesSystemAuthorities: false, certificates: certificates)))
    let password = SecretBytes(copying: try Settings.secret(try settings.text("password")))
    credentials = SASLCredentials(userName: try settings.text("user"), password: SecretBox(password))
    folder = MailboxName(try settings.text("folder"))
    guard let number = Int(try settings.text("count")) else { throw BenchError("count= is no number") }
    count = number
    asksForSummaries = settings.optional("summaries") == "yes"
    parses = settings.optional("parse") != "no"
  }

  /// An order is any line; the answer is one pass over the folder.
  func serve() async throws {
    while readLine() != nil {
      let began = ContinuousClock.now
      let fetched = try await EventLoop.shared.perform { [self] in try await FetchSession().fetch(self) }
      let duration = began.duration(to: .now)
      guard fetched == count else { throw BenchError("\(fetched) of \(count) mails came") }
      try answer(seconds: duration)
    }
  }

  fileprivate func fetch() async throws -> Int {
    let deadline = Deadline.after(.seconds(300))
    let stream = try await Connector.connect(to: target, deadline: deadline)
    let client = IMAPClient(stream: stream, configuration: IMAPConfiguration(tls: .implicitTLS))
    try await client.open(
      authenticator: { _ throws(SASLError) in PlainExchange(credentials: credentials) }, deadline: deadline)
    _ = try await client.select(folder, .readOnly, deadline: deadline)
    let found = try await client.search(SearchCriteria(), deadline: deadline)
    var requests: [MessageRequest] = []
    if asksForSummaries {
      try await client.fetchSummaries(found, deadline: deadline) { requests.append(MessageRequest($0)) }
    } else {
      requests = found.map { MessageRequest(uid: $0) }
    }
    let sink = ReadingSink(parses: parses)
    _ = try await client.fetchMessages(requests, into: sink, deadline: deadline)
    await client.logout(deadline: deadline)
    guard sink.produced > 0 else { throw BenchError("the mails hold nothing") }
    return sink.count
  }
}

/// One connection on the event loop, as the mail sender has it.
private actor FetchSession: EventLoopActor {
  nonisolated let loop = EventLoop.shared

  func fetch(_ bench: FetchClient) async throws -> Int { try await bench.fetch() }
}

/// Parses each mail while it arrives, and reads all of it.
private final class ReadingSink: IncomingMessageSink {
  private let parses: Bool
  private var parser = MailMessageParser()
  private(set) var count = 0
  private(set) var produced = 0

  init(parses: Bool) { self.parses = parses }

  func begin(_ message: IncomingMessage) async throws -> Bool { true }

  func receive(_ bytes: [UInt8]) async throws {
    if parses { parser.consume(bytes) } else { produced += bytes.count }
  }

  func end() async throws {
    count += 1
    guard parses else { return }
    var ended = MailMessageParser()
    swap(&ended, &parser)
    produced += ParseFolder.read(ended.finish())
  }

  func abandon() async { parser = MailMessageParser() }
}
