import IMAP
import TenantBase
import TestSupport
import Testing
import Wire

/// Rows I-LIT…, I-LINE, I-FLOOD, I-NEST, I-EXISTS, I-DRIP and I-TRUNC, and answers that do not belong where they are.
@Suite struct IMAPHostileServerTests {
  private typealias Step = ScriptedStream.Step

  private func noop(
    _ steps: [Step], pieces: Int = .max, change: (inout IMAPConfiguration) -> Void = { _ in }
  ) async throws -> (error: IMAPError?, client: IMAPClient, stream: ScriptedStream) {
    let (client, stream) = try await SessionFixture.selected(
      [.expect("t3 NOOP\r\n")] + steps, pieces: pieces, change: change)
    let error = await SessionFixture.failure { () async throws(IMAPError) in
      _ = try await client.noop(deadline: SessionFixture.deadline)
    }
    return (error, client, stream)
  }

  @Test(arguments: [
    "* 1 FETCH (BODY[] {18446744073709551617}\r\n", "* 1 FETCH (BODY[] {-1}\r\n",
    "* 1 FETCH (FLAGS " + String(repeating: "(", count: 20_000) + "\r\n", "* FETCH\r\n", "hello\r\n", "\r\n", "* \r\n",
    "* 99999999999999999999999 EXISTS x\u{0}\r\n* (\r\n",
  ])
  func `LIT, NEST: what is no response ends the connection`(answer: String) async throws {
    let result = try await noop([.send(answer), .send("t3 OK done\r\n")])
    if let error = result.error {
      #expect(error.kind == .malformedResponse && error.connection == .unusable)
      #expect(result.stream.isClosed && !result.client.isUsable)
    } else {
      #expect(result.client.isUsable)  // taken as a response that means nothing
    }
  }

  @Test func `LIT-4G: a message over the limit is refused before its content is read`() async throws {
    let result = try await noop([.send("* 1 FETCH (UID 1 BODY[] {4294967295}\r\nxxxx")])
    #expect(result.error?.kind == .messageTooLarge && result.error?.failureClass == .permanent)
    #expect(result.error?.explanation.summary.contains("4294967295") == true)
    #expect(result.stream.isClosed)
  }

  @Test func `LINE: a line that never ends is refused within its limit`() async throws {
    let flood = Array(repeating: UInt8(ascii: "x"), count: 70_000)
    let result = try await noop([.sendBytes(Array("* OK ".utf8) + flood)])
    #expect(result.error?.kind == .malformedResponse && result.stream.isClosed)
    let fitting = try await noop([.sendBytes(Array("* OK ".utf8) + flood.prefix(60_000)), .send("\r\nt3 OK done\r\n")])
    #expect(fitting.error == nil)
  }

  @Test func `FLOOD: more responses than anyone asked for are too many`() async throws {
    let limits: (inout IMAPConfiguration) -> Void = { $0.limits.unaskedResponses = 50 }
    let flood = String(repeating: "* OK still here\r\n", count: 51)
    let result = try await noop([.send(flood), .send("t3 OK done\r\n")], change: limits)
    #expect(result.error?.kind == .tooMuch && result.stream.isClosed)
    let fitting = String(repeating: "* OK still here\r\n", count: 50)
    let honest = try await noop([.send(fitting), .send("t3 OK done\r\n")], change: limits)
    #expect(honest.error == nil)
    #expect(IMAPLimits().unaskedResponses == 10_000)
  }

  @Test func `FLOOD: each command has its own allowance, and what it asks for is added`() async throws {
    let folders = (0..<60).map { "* LIST () \"/\" f\($0)\r\n" }.joined()
    let (client, _) = try await SessionFixture.opened(
      [
        .expect("t2 LIST \"\" \"*\"\r\n"), .send(folders + "t2 OK done\r\n"), .expect("t3 NOOP\r\n"),
        .send(String(repeating: "* OK x\r\n", count: 10) + "t3 OK done\r\n"),
      ],
      change: {
        $0.limits.unaskedResponses = 10
        $0.limits.folders = 60
      })
    #expect(try await client.listFolders(deadline: SessionFixture.deadline).count == 60)
    _ = try await client.noop(deadline: SessionFixture.deadline)
  }

  @Test(arguments: ["4294967295", "9223372036854775807"])
  func `EXISTS: a number of messages is only a number`(count: String) async throws {
    let result = try await noop([.send("* \(count) EXISTS\r\n* 4294967295 RECENT\r\nt3 OK done\r\n")])
    #expect(result.error == nil)
    #expect(result.client.selectedFolder?.messageCount == UInt64(count))
  }

  @Test func `DRIP: a byte now and then does not keep a command alive`() async throws {
    let answer = String(repeating: "* OK x\r\n", count: 100) + "t2 OK done\r\n"
    let (client, stream) = try await SessionFixture.opened(
      [.expect("t2 NOOP\r\n"), .send(answer)], change: { $0.limits.timeouts.command = .nanoseconds(1) })
    _ = stream
    let error = await SessionFixture.failure { () async throws(IMAPError) in
      _ = try await client.noop(deadline: SessionFixture.deadline)
    }
    #expect(error == nil, "all in one piece is quick enough")
    let dripping = try await drip(answer)
    #expect(dripping?.kind == .connectionFailed && dripping?.failureClass == .temporary)
    #expect(dripping?.explanation.summary.contains("in time") == true)
  }

  private func drip(_ answer: String) async throws -> IMAPError? {
    // The login must pass, so the time for commands is only short where a byte at a time comes.
    let stream = ScriptedStream(
      [.send("* PREAUTH [CAPABILITY IMAP4rev1] hi\r\n"), .expect("t1 NOOP\r\n"), .send(answer)], pieceSize: 1,
      security: SessionFixture.tls)
    let client = SessionFixture.client(stream) { $0.limits.timeouts.command = .nanoseconds(1) }
    try await client.open(authenticator: nil, deadline: SessionFixture.deadline)
    let error = await SessionFixture.failure { () async throws(IMAPError) in
      _ = try await client.noop(deadline: SessionFixture.deadline)
    }
    #expect(stream.isClosed)
    return error
  }

  @Test func `no wait is longer than the silence limit or the caller's deadline`() async throws {
    let (client, stream) = try await SessionFixture.opened([.expect("t2 NOOP\r\n"), .send("t2 OK done\r\n")])
    _ = try await client.noop(deadline: .after(.seconds(5)))
    let waits = stream.allowances
    #expect(waits.allSatisfy { $0.time <= .seconds(180) })
    #expect(waits.last.map { $0.time <= .seconds(5) } == true)
    let silent = try await noop([])
    #expect(silent.error?.kind == .connectionFailed && silent.error?.failureClass == .temporary)
    #expect(silent.stream.isClosed)
  }

  @Test(arguments: ["t2 OK done\r\n", "t4 OK done\r\n", "A1 OK done\r\n", "+ go on\r\n", "+\r\n"])
  func `answers that do not belong here end the connection`(answer: String) async throws {
    let result = try await noop([.send(answer), .send("t3 OK done\r\n")])
    #expect(result.error?.kind == .unexpectedResponse && result.stream.isClosed)
  }

  @Test func `BYE ends the session at once, also where the server does not`() async throws {
    let result = try await noop([.send("* BYE [UNAVAILABLE] going down\r\n* OK still here\r\n")])
    #expect(result.error?.kind == .serverClosing && result.error?.failureClass == .temporary)
    #expect(result.error?.explanation.summary.contains("going down") == true)
    #expect(result.stream.isClosed && !result.client.isUsable)
  }

  @Test(arguments: [Step.close, .reset, .truncate])
  func `TRUNC: a connection that ends is an error`(end: ScriptedStream.Step) async throws {
    for answer in ["", "* 1 FETCH (UID 1 BODY[] {10}\r\n12345", "t3 OK"] {
      let result = try await noop([.send(answer), end])
      #expect(result.error?.kind == .connectionFailed && result.error?.failureClass == .temporary)
      #expect(result.stream.isClosed && !result.client.isUsable)
    }
  }

  @Test func `control characters of a server reach no terminal`() async throws {
    let result = try await noop([.send("t3 NO \u{1B}]0;owned\u{7} \u{202E}denied\r\n")])
    let text = try #require(result.error?.description)
    #expect(!text.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x202E })
    #expect(result.error?.kind == .commandRefused && result.client.isUsable)
  }

  @Test func `content that nobody asked for is passed over`() async throws {
    let content = String(repeating: "x", count: 70_000)
    let result = try await noop(
      [.send("* 1 FETCH (UID 1 BODY[] {70000}\r\n\(content))\r\nt3 OK done\r\n")], pieces: 10_000)
    #expect(result.error == nil)
    #expect(result.client.transcript?.lines.contains { $0.contains("xxxx") } == false)
  }
}
