import Artifacts
import Certificates
import Keystore
import MailAdapters
import TenantBase
import TestSupport
import Testing
import Wire

@testable import TenantRuntime

struct CertificateImportTests {
  private func certificate(_ name: String, days: Int = 30) throws -> Certificate {
    var request = TestIdentity.Request(name)
    request.isAuthority = true
    if days < 0 { request.validFrom = -90 * 86_400 }
    if days < 0 { request.validFor = 30 * 86_400 }
    return try Certificate(der: TestIdentity(request).der)
  }

  @Test(
    "aliases come from the subject",
    arguments: [
      ("Example Root CA", "example-root-ca"), ("mail.example.com", "mail.example.com"),
      ("  ..Odd -- name!!", "odd-name"),
      ("Übung, AG", "übung-ag"), ("../../etc", "etc"),
    ])
  func alias(_ name: String, _ expected: String) throws {
    #expect(CertificateAlias.derived(from: try certificate(name)) == expected)
  }

  @Test func `several get numbers, the same one is told, and another of a taken name is refused`() throws {
    let fixture = try RuntimeFixture()
    try fixture.create()
    let (first, second, third) = (try certificate("One"), try certificate("One"), try certificate("Three"))
    var work = try CertificateImport(vault: try fixture.open(), home: fixture.home)
    try work.offer([first, second], from: "a.pem", alias: nil)
    try work.offer([first, third], from: "b.pem", alias: try ArtifactName("ca"))
    #expect(work.candidates.map(\.alias.text) == ["one", "one-2", "ca"])
    try work.commit()

    var again = try CertificateImport(vault: try fixture.open(), home: fixture.home)
    try again.offer([third], from: "c.pem", alias: try ArtifactName("other"))
    #expect(again.candidates.map(\.standing) == [.present])
    #expect(again.candidates.map(\.alias.text) == ["ca"])
    #expect(again.pending.isEmpty)
    let error = #expect(throws: HomeError.self) {
      try again.offer([try certificate("Four")], from: "d.pem", alias: try ArtifactName("ca"))
    }
    #expect(error?.explanation.summary == "there is another certificate 'ca' already")
    #expect(try fixture.open().certificates().count == 3)
  }

  @Test func `several under one alias are numbered, expired ones are marked`() throws {
    let fixture = try RuntimeFixture()
    try fixture.create()
    var work = try CertificateImport(vault: try fixture.open(), home: fixture.home)
    let all = [try certificate("A"), try certificate("B", days: -1)]
    try work.offer(all, from: "a.pem", alias: try ArtifactName("x"))
    #expect(work.candidates.map(\.alias.text) == ["x-1", "x-2"])
    #expect(work.candidates.map(\.standing) == [.new, .expired])
  }
}

struct StartTLSTests {
  @Test(
    "the protocol follows the port unless it is given",
    arguments: [
      (587, nil, StartTLSProtocol.smtp), (25, nil, .smtp), (143, nil, .imap), (110, nil, .pop3), (465, .smtp, nil),
      (993, nil, nil), (10143, nil, nil), (10143, .imap, .imap), (587, .imap, .imap),
    ] as [(UInt16, StartTLSProtocol?, StartTLSProtocol?)])
  func choice(_ port: UInt16, _ given: StartTLSProtocol?, _ expected: StartTLSProtocol?) {
    #expect(StartTLSProtocol.choice(for: ServerAddress(host: "h", port: port), given: given) == expected)
  }

  private static let scripts: [(StartTLSProtocol, [ScriptedStream.Step])] = [
    (
      .smtp,
      [
        .send("220-mail\r\n220 ready\r\n"), .expectLine(prefix: "EHLO "),
        .send("250-mail\r\n250-SIZE 1\r\n250 starttls\r\n"),
        .expect("STARTTLS\r\n"), .send("220 go\r\n"),
      ]
    ),
    (.imap, [.send("* OK hello\r\n"), .expect("A1 STARTTLS\r\n"), .send("* CAPABILITY x\r\nA1 OK go\r\n")]),
    (.pop3, [.send("+OK hello\r\n"), .expect("STLS\r\n"), .send("+OK go\r\n")]),
  ]

  @Test(arguments: 0..<3) func `each protocol is led to the server's consent, byte by byte too`(_ index: Int)
    async throws
  {
    let (upgrade, steps) = Self.scripts[index]
    for piece in [Int.max, 1] {
      let stream = ScriptedStream(steps, pieceSize: piece)
      var conversation = StartTLSConversation(upgrade, stream)
      try await conversation.lead(deadline: .after(.seconds(5)))
      #expect(stream.complaints.isEmpty)
    }
  }

  @Test(arguments: 0..<3) func `a server that sends more than its consent is refused`(_ index: Int) async throws {
    var (upgrade, steps) = Self.scripts[index]
    guard case .send(let consent)? = steps.popLast() else { return }
    steps.append(.send(consent + "x"))
    var conversation = StartTLSConversation(upgrade, ScriptedStream(steps))
    let error = await #expect(throws: HomeError.self) { try await conversation.lead(deadline: .after(.seconds(5))) }
    #expect(error?.failureClass == .refused)
  }

  @Test(
    arguments: [
      (StartTLSProtocol.smtp, "554 no\r\n"), (.imap, "* BYE\r\n"), (.pop3, "-ERR\r\n"),
      (.smtp, String(repeating: "x", count: 5000)), (.imap, "\u{1}\r\n"),
    ])
  func `what is no greeting ends it`(_ upgrade: StartTLSProtocol, _ greeting: String) async throws {
    var conversation = StartTLSConversation(upgrade, ScriptedStream([.send(greeting)]))
    await #expect(throws: HomeError.self) { try await conversation.lead(deadline: .after(.seconds(5))) }
  }

  @Test func `a server without STARTTLS is told so`() async throws {
    let stream = ScriptedStream([
      .send("220 ready\r\n"), .expectLine(prefix: "EHLO "), .send("250 mail\r\n"),
    ])
    var conversation = StartTLSConversation(.smtp, stream)
    let error = await #expect(throws: HomeError.self) { try await conversation.lead(deadline: .after(.seconds(5))) }
    #expect(error?.explanation.summary.hasSuffix("does not offer STARTTLS") == true)
  }

  @Test func `a server that hangs up is unreachable for now`() async throws {
    var conversation = StartTLSConversation(.pop3, ScriptedStream([.send("+OK hi\r\n"), .expect("STLS\r\n"), .close]))
    let error = await #expect(throws: StreamError.self) { try await conversation.lead(deadline: .after(.seconds(5))) }
    #expect(error?.kind == .closedByPeer)
  }
}
