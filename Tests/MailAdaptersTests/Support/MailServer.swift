import COpenSSL
import Foundation
import Glibc
import Synchronization
import TestSupport
import Transport

/// An SMTP server on 127.0.0.1 that does what a test says, on threads of its own, and keeps count.
final class MailServer: Sendable {
  /// How the server behaves; the default takes every mail.
  struct Behaviour: Sendable {
    var capabilities = ["PIPELINING", "8BITMIME", "SIZE 0", "AUTH PLAIN LOGIN", "DSN"]
    /// Offers STARTTLS, or speaks TLS from the first byte.
    var tls: TestTLS?
    var isImplicitTLS = false
    /// Says something else than usual to a command: nil for the usual, an empty text for silence. The numbers of the
    /// connection and of the mail on it count from 0.
    var answer: @Sendable (_ command: String, _ connection: Int, _ mail: Int) -> String? = { _, _, _ in nil }
    /// Once a mail was taken: what the server does on its own.
    var afterMail: @Sendable (_ connection: Int, _ mail: Int) -> AfterMail = { _, _ in .nothing }
    /// Answers AUTH and what follows; nil: every login is welcome.
    var login: (@Sendable (_ command: String, _ connection: MailServerConnection) -> Void)?
  }

  enum AfterMail: Sendable {
    case nothing
    /// Closes the connection without a word.
    case close
    /// Says 421, then closes.
    case sayGoodbye
  }

  struct Mail: Sendable, Equatable {
    var sender: String
    var recipients: [String]
    /// As it was on the wire, with its doubled dots, without the final one.
    var bytes: [UInt8]
    var connection: Int

    var text: String { String(decoding: bytes, as: UTF8.self) }
    /// The lines of the header, unfolded.
    var header: [String] {
      let block = text.replacingOccurrences(of: "\r\n ", with: " ").components(separatedBy: "\r\n\r\n").first ?? ""
      return block.components(separatedBy: "\r\n")
    }
  }

  private struct Log {
    var connections = 0
    var open = 0
    var mostOpen = 0
    var commands: [[String]] = []
    var mails: [Mail] = []
  }

  let port: UInt16
  private let listener: Int32
  private let behaviour: Behaviour
  private let log = Mutex(Log())
  private let threads = DispatchGroup()

  init(_ behaviour: Behaviour = Behaviour()) {
    self.behaviour = behaviour
    listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let listener = listener
    withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
        precondition(bind(listener, raw, size) == 0)
        precondition(listen(listener, 128) == 0)
        precondition(getsockname(listener, raw, &size) == 0)
      }
    }
    port = UInt16(bigEndian: address.sin_port)
    Thread.detachNewThread { [weak self] in
      while true {
        let accepted = accept(listener, nil, nil)
        guard accepted >= 0, let self else { break }
        let number = self.log.withLock { log in
          log.connections += 1
          log.open += 1
          log.mostOpen = max(log.mostOpen, log.open)
          log.commands.append([])
          return log.connections - 1
        }
        self.threads.enter()
        Thread.detachNewThread { [self] in
          serve(MailServerConnection(accepted), number)
          log.withLock { $0.open -= 1 }
          threads.leave()
        }
      }
    }
  }

  deinit { shutdown(listener, Int32(SHUT_RDWR)) }

  var connectionCount: Int { log.withLock { $0.connections } }
  /// The most connections that were open at the same time.
  var mostOpen: Int { log.withLock { $0.mostOpen } }
  var mails: [Mail] { log.withLock { $0.mails } }
  /// What each connection said, in order.
  var commands: [[String]] { log.withLock { $0.commands } }

  /// Waits until every connection so far has ended.
  func allEnded() async {
    await BlockingWork.run { [threads] in threads.wait() }
  }

  private func serve(_ connection: MailServerConnection, _ number: Int) {
    defer { connection.close() }
    if behaviour.isImplicitTLS, let tls = behaviour.tls, !connection.startTLS(tls) { return }
    connection.say(behaviour.answer("", number, 0) ?? "220 test ESMTP")
    var session = MailServerSession(behaviour: behaviour, number: number)
    while let line = connection.readLine() {
      log.withLock { $0.commands[number].append(line) }
      if let answer = behaviour.answer(line, number, session.mailCount) {
        if answer.isEmpty { return }
        connection.say(answer)
        if answer.hasPrefix("421") { return }
        continue
      }
      guard let mail = session.receive(line, connection) else {
        if session.isOver { return }
        continue
      }
      log.withLock { $0.mails.append(mail) }
      connection.say(behaviour.answer(".", number, session.mailCount) ?? "250 2.0.0 queued")
      session.mailCount += 1
      switch behaviour.afterMail(number, session.mailCount - 1) {
      case .nothing: break
      case .close: return
      case .sayGoodbye:
        connection.say("421 4.4.2 idle")
        return
      }
    }
  }
}

/// The state of one connection.
private struct MailServerSession {
  let behaviour: MailServer.Behaviour
  let number: Int
  var sender = ""
  var recipients: [String] = []
  var mailCount = 0
  var isOver = false
  private var isEncrypted = false

  init(behaviour: MailServer.Behaviour, number: Int) {
    self.behaviour = behaviour
    self.number = number
    isEncrypted = behaviour.isImplicitTLS
  }

  /// - Returns: a mail when the line was DATA and the mail came whole.
  mutating func receive(_ line: String, _ connection: MailServerConnection) -> MailServer.Mail? {
    switch line.split(separator: " ").first?.uppercased() {
    case "EHLO":
      let offers = behaviour.capabilities + (behaviour.tls != nil && !isEncrypted ? ["STARTTLS"] : [])
      let lines = ["test"] + offers
      connection.say(
        lines.enumerated().map { "250\($0 + 1 == lines.count ? " " : "-")\($1)" }.joined(separator: "\r\n"))
    case "STARTTLS":
      connection.say("220 2.0.0 go ahead")
      isEncrypted = behaviour.tls.map { connection.startTLS($0) } ?? false
      isOver = !isEncrypted
    case "AUTH" where behaviour.login != nil: behaviour.login?(line, connection)
    case "AUTH":
      if line.uppercased().hasPrefix("AUTH LOGIN") {
        connection.say("334 VXNlcm5hbWU6")
        _ = connection.readLine()
        connection.say("334 UGFzc3dvcmQ6")
        _ = connection.readLine()
      }
      connection.say("235 2.7.0 welcome")
    case "MAIL":
      (sender, recipients) = (line, [])
      connection.say("250 2.1.0 ok")
    case "RCPT" where sender.isEmpty, "DATA" where recipients.isEmpty: connection.say("503 5.5.1 not now")
    case "RCPT":
      recipients.append(line)
      connection.say("250 2.1.5 ok")
    case "DATA":
      defer { (sender, recipients) = ("", []) }
      connection.say("354 go ahead")
      guard let bytes = connection.readMail() else {
        isOver = true
        return nil
      }
      return MailServer.Mail(sender: sender, recipients: recipients, bytes: bytes, connection: number)
    case "QUIT":
      connection.say("221 2.0.0 bye")
      isOver = true
    default: connection.say("250 2.0.0 ok")
    }
    return nil
  }
}

/// Blocking reads and writes of one connection; gives up after two minutes, so that a broken test ends.
final class MailServerConnection {
  private let descriptor: Int32
  private(set) var ssl: OpaquePointer?
  private var buffer: [UInt8] = []

  init(_ descriptor: Int32) {
    self.descriptor = descriptor
    var limit = timeval(tv_sec: 120, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
  }

  func startTLS(_ tls: TestTLS) -> Bool {
    let session = SSL_new(tls.context)
    SSL_set_fd(session, descriptor)
    ssl = session
    return SSL_accept(session) == 1
  }

  /// A client's connection that verifies nothing, as an attacker makes it, in the same version of TLS as the victim's;
  /// nil when there is none to be had.
  convenience init?(connectingTo port: UInt16, as victim: MailServerConnection) {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    address.sin_port = port.bigEndian
    let status = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    self.init(descriptor)
    let context = SSL_CTX_new(TLS_client_method())
    defer { SSL_CTX_free(context) }
    tnt_SSL_CTX_set_max_proto_version(context, victim.ssl.map { SSL_version($0) } ?? 0)
    ssl = SSL_new(context)
    SSL_set_fd(ssl, descriptor)
    guard status == 0, SSL_connect(ssl) == 1 else {
      close()
      return nil
    }
  }

  /// Passes a login on to a server in implicit TLS, line by line, and its answers back.
  static func pass(_ command: String, from victim: MailServerConnection, toServerAt port: UInt16) {
    guard let server = MailServerConnection(connectingTo: port, as: victim), server.readLine() != nil else {
      return victim.say("454 4.7.0 the server is not there")
    }
    defer { server.close() }
    server.say("EHLO attacker.example.net")
    while let line = server.readLine(), line.hasPrefix("250-") {}
    server.say(command)
    while let answer = server.readLine() {
      victim.say(answer)
      guard answer.hasPrefix("334"), let next = victim.readLine() else { return }
      server.say(next)
    }
  }

  func say(_ text: String) {
    let bytes = Array((text + "\r\n").utf8)
    if let ssl {
      SSL_write(ssl, bytes, Int32(bytes.count))
    } else {
      _ = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }
  }

  /// Without its CRLF; nil at the end.
  func readLine() -> String? {
    while true {
      if let end = buffer.firstIndex(of: 10) {
        let line = buffer[..<end].filter { $0 != 13 }
        buffer.removeSubrange(...end)
        return String(decoding: line, as: UTF8.self)
      }
      guard fill() else { return nil }
    }
  }

  /// Up to the final dot.
  func readMail() -> [UInt8]? {
    let end = Array("\r\n.\r\n".utf8)
    var searched = 0
    while true {
      if buffer.count >= end.count {
        for start in searched...(buffer.count - end.count) where buffer[start] == 13 {
          guard buffer[start..<start + end.count].elementsEqual(end) else { continue }
          let mail = Array(buffer[..<(start + 2)])
          buffer.removeSubrange(..<(start + end.count))
          return mail
        }
        searched = buffer.count - end.count + 1
      }
      guard fill() else { return nil }
    }
  }

  private func fill() -> Bool {
    var chunk = [UInt8](repeating: 0, count: 65_536)
    let count = ssl.map { Int(SSL_read($0, &chunk, 65_536)) } ?? recv(descriptor, &chunk, 65_536, 0)
    guard count > 0 else { return false }
    buffer += chunk[..<count]
    return true
  }

  func close() {
    if let ssl {
      SSL_shutdown(ssl)
      SSL_free(ssl)
    }
    Glibc.close(descriptor)
  }
}

/// A server's certificate and its OpenSSL context, made in the test run.
final class TestTLS: @unchecked Sendable {
  let context: OpaquePointer
  let authority: TestIdentity

  /// - Parameter authority: nil for one of its own.
  init(
    names: String = "DNS:mail.example.com", authority: TestIdentity? = nil, hasExtendedMasterSecret: Bool = true
  ) {
    let authority = authority ?? TestIdentity.authority("Mail Test Authority")
    self.authority = authority
    let identity = authority.server("mail.example.com", names: names)
    guard let context = SSL_CTX_new(TLS_server_method()) else { fatalError("no SSL_CTX") }
    SSL_CTX_use_certificate(context, identity.certificate)
    SSL_CTX_use_PrivateKey(context, identity.key)
    // SSL_OP_NO_EXTENDED_MASTER_SECRET, a macro that Swift does not see.
    if !hasExtendedMasterSecret { SSL_CTX_set_options(context, 1) }
    self.context = context
  }

  deinit { SSL_CTX_free(context) }
}
