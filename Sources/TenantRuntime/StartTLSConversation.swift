import TenantBase
import Wire

/// The few lines of a mail protocol up to the server's consent to TLS.
///
/// SMTP: RFC 3207; IMAP: RFC 3501 section 6.2.1; POP3: RFC 2595 section 4.
struct StartTLSConversation {
  private let upgrade: StartTLSProtocol
  private let stream: any ByteStream
  private var input = InputBuffer()

  /// Longest line of a server, in bytes.
  private static let lineLimit = 4096
  /// Most lines of one answer.
  private static let answerLines = 100

  init(_ upgrade: StartTLSProtocol, _ stream: any ByteStream) {
    self.upgrade = upgrade
    self.stream = stream
  }

  /// Leads it until the next byte is TLS.
  ///
  /// - Throws: `HomeError` when the server does not agree, or speaks something else.
  mutating func lead(deadline: Deadline) async throws {
    switch upgrade {
    case .smtp:
      try expect(await answer(deadline), "220")
      try await send("EHLO [127.0.0.1]", deadline)
      let capabilities = try await answer(deadline)
      try expect(capabilities, "250")
      guard capabilities.contains(where: { $0.dropFirst(4).uppercased() == "STARTTLS" }) else { throw notOffered() }
      try await send("STARTTLS", deadline)
      try expect(await answer(deadline), "220")
    case .imap:
      try expect(await answer(deadline), "* OK")
      try await send("A1 STARTTLS", deadline)
      try expect(await tagged(deadline), "A1 OK")
    case .pop3:
      try expect(await answer(deadline), "+OK")
      try await send("STLS", deadline)
      try expect(await answer(deadline), "+OK")
    }
    guard input.unreadBytes == 0 else {
      throw HomeError(
        .refused,
        Explanation(
          "\(stream.peerName) sent more after its consent to TLS", cause: "somebody may have put it in between"))
    }
  }

  private func send(_ line: String, _ deadline: Deadline) async throws {
    try await stream.write(Array((line + "\r\n").utf8), deadline: deadline)
  }

  private mutating func line(_ deadline: Deadline) async throws -> String {
    while true {
      do {
        if let line = try input.takeLine(LineRules(limit: Self.lineLimit, lineEnd: .crlfOrLF)) { return line.utf8Text }
      } catch {
        throw HomeError(.refused, Explanation("\(stream.peerName) does not speak \(name)", cause: "\(error)"))
      }
      guard try await input.fill(from: stream, atMost: Self.lineLimit, deadline: deadline) > 0 else {
        throw StreamError(.closedByPeer, peer: stream.peerName, detail: "before TLS")
      }
    }
  }

  /// One answer: for SMTP all its lines, else one line.
  private mutating func answer(_ deadline: Deadline) async throws -> [String] {
    var lines = [try await line(deadline)]
    while upgrade == .smtp, let last = lines.last, last.dropFirst(3).first == "-" {
      guard lines.count < Self.answerLines else { throw notUnderstood(last) }
      lines.append(try await line(deadline))
    }
    return lines
  }

  /// IMAP: what stands before the tagged answer is not for us.
  private mutating func tagged(_ deadline: Deadline) async throws -> [String] {
    for _ in 0..<Self.answerLines {
      let line = try await line(deadline)
      if !line.hasPrefix("*") { return [line] }
    }
    throw notUnderstood("*")
  }

  private func expect(_ answer: [String], _ beginning: String) throws {
    guard answer.first?.uppercased().hasPrefix(beginning) == true else { throw notUnderstood(answer.first ?? "") }
  }

  private var name: String { upgrade.rawValue.uppercased() }

  private func notOffered() -> HomeError {
    HomeError(
      .refused,
      Explanation(
        "\(stream.peerName) does not offer STARTTLS", hints: ["where TLS begins at once, leave --protocol out"]))
  }

  private func notUnderstood(_ line: String) -> HomeError {
    HomeError(
      .refused,
      Explanation("\(stream.peerName) did not agree to TLS in \(name) ('\(PrintableText.escaping(line, limit: 200))')"))
  }
}
