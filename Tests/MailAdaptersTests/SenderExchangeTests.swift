import Expressions
import FlowEngine
import Foundation
import MIME
import System
import TenantBase
import Testing

@testable import MailAdapters

@Suite struct SenderExchangeTests {
  private static let order = """
    Return-Path: <anna@example.org>
    Received: from a by b; Fri, 20 Nov 2026 10:00:00 +0000
    Received: from c by a; Fri, 20 Nov 2026 09:59:00 +0000
    From: =?UTF-8?Q?Anna_M=C3=BCller?= <anna@example.org>
    To: orders@example.com, Team <team@example.com>
    Subject: =?ISO-8859-1?Q?Bestellung_f=FCr?=
     =?ISO-8859-1?Q?_November?=
    Date: Fri, 20 Nov 2026 09:58:00 +0000
    Message-ID: <1@example.org>
    Reply-To: help@example.org
    CamelFileName: ../../etc/passwd
    X-Order: 4711
    MIME-Version: 1.0
    Content-Type: multipart/mixed; boundary=x

    --x
    Content-Type: multipart/alternative; boundary=y

    --y
    Content-Type: text/plain; charset=iso-8859-1
    Content-Transfer-Encoding: quoted-printable

    Gr=F6=DFe
    --y
    Content-Type: text/html; charset=UTF-8

    <p>Größe</p>
    --y--
    --x
    Content-Type: application/pdf; name="order.pdf"
    Content-Transfer-Encoding: base64

    JVBERg==
    --x
    Content-Type: text/csv; charset=windows-1252; name="order.pdf"
    Content-Transfer-Encoding: base64

    gDU=
    --x
    Content-Type: application/octet-stream
    Content-Disposition: attachment

    raw
    --x
    Content-Type: message/rfc822
    Content-Disposition: attachment; filename="inner.eml"

    Subject: inner

    within
    --x--

    """

  private func exchange(
    _ text: String = order, allowed: [String] = [], _ change: (inout MailSenderContent) -> Void = { _ in },
    limits: MIMELimits = .standard
  ) throws -> Exchange {
    var content = MailSenderContent()
    change(&content)
    let builder = MailExchangeBuilder(
      content: content, admission: MailHeaderAdmission(allowed: allowed),
      origin: .init(host: "imap.example.com", user: "orders@example.com", folder: "INBOX"),
      spoolFolder: NSTemporaryDirectory() + "/tenant-sender-tests", limits: limits)
    return try builder.exchange(of: try rawMail(text), id: "x")
  }

  @Test func `a mail becomes headers, text and attachments`() throws {
    let exchange = try exchange()
    let headers = exchange.headers.names.map { "\($0): \(exchange.headers[$0]?.text ?? "")" }
    #expect(
      headers == [
        "From: Anna Müller <anna@example.org>", "To: orders@example.com, Team <team@example.com>",
        "Subject: Bestellung für November", "Date: Fri, 20 Nov 2026 09:58:00 +0000", "Message-ID: <1@example.org>",
        "Reply-to: help@example.org", "Content-Type: text/plain; charset=UTF-8",
      ])
    #expect(exchange.body.textInMemory == "Größe")
    #expect(
      exchange.attachments.map(\.mediaType) == [
        "application/pdf", "text/csv; charset=windows-1252", "application/octet-stream", "message/rfc822",
      ])
    #expect(
      exchange.attachments.map { $0.content.bytesInMemory ?? [] } == [
        Array("%PDF".utf8), [0x80, 0x35], Array("raw".utf8), Array("Subject: inner\r\n\r\nwithin".utf8),
      ])
    #expect(exchange.byteProperties.isEmpty)
  }

  @Test func `equal names all get a GUID before the extension, and a nameless attachment is one`() throws {
    let first = try exchange().attachments.map(\.name)
    let guid = "[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
    let named = try Regex("order_\(guid)\\.pdf")
    let nameless = try Regex(guid)
    #expect(try named.wholeMatch(in: first[0]) != nil)
    #expect(try named.wholeMatch(in: first[1]) != nil)
    #expect(try nameless.wholeMatch(in: first[2]) != nil)
    #expect(first[3] == "inner.eml")
    #expect(Set(first).count == 4)
    #expect(try exchange().attachments.map(\.name) == first)
  }

  @Test func `further headers come only where the flow allows them, and Camel's never`() throws {
    #expect(try exchange(allowed: ["X-Order"]).headers["X-Order"] == .text("4711"))
    #expect(try exchange(allowed: ["x-order"]).headers["X-Order"] == .text("4711"))
    #expect(try exchange(allowed: ["X-.*", "Return-Path"]).headers["Return-Path"] == .text("<anna@example.org>"))
    let all = try exchange(allowed: ["*"])
    #expect(all.headers["X-Order"] != nil && all.headers["MIME-Version"] != nil)
    #expect(all.headers["CamelFileName"] == nil)
    #expect(all.headers["Content-Type"] == .text("text/plain; charset=UTF-8"))
    guard case .list(let received) = all.headers["Received"] else {
      Issue.record("a header that stands twice is a list")
      return
    }
    #expect(received.count == 2)
    #expect(try exchange(allowed: ["CamelFileName", "Camel.*"]).headers["CamelFileName"] == nil)
    #expect(try exchange(allowed: ["X-Order("]).headers["X-Order"] == nil)
  }

  @Test func `headers stay as they came where they are not to be decoded`() throws {
    let exchange = try exchange { $0.decodesHeaders = false }
    #expect(
      exchange.headers["Subject"]
        == .text("=?ISO-8859-1?Q?Bestellung_f=FCr?=\r\n =?ISO-8859-1?Q?_November?="))
  }

  @Test func `attachments are removed and the original is included where the channel says so`() throws {
    let exchange = try exchange {
      $0.removesAttachments = true
      $0.includesOriginal = true
    }
    #expect(exchange.attachments.isEmpty)
    let original = exchange.byteProperties["SAP_MAIL_ORIGINAL_MESSAGE"]?.bytesInMemory
    #expect(original == Array(Self.order.replacing("\n", with: "\r\n").utf8))
  }

  @Test func `tracked properties say where the mail came from`() throws {
    let exchange = try exchange()
    func property(_ name: String) -> String? { exchange.properties["tenant.mail.\(name)"]?.text }
    #expect(property("fileName") == exchange.attachments.first?.name)
    #expect(property("fromAddress") == "anna@example.org")
    #expect(property("host") == "imap.example.com")
    #expect(property("messageId") == "<1@example.org>")
    #expect(property("subject") == "Bestellung für November")
    #expect(property("toAddress") == "orders@example.com, team@example.com")
    #expect(property("user") == "orders@example.com")
    #expect(property("folder") == "INBOX")
    #expect(property("contentType") == "multipart/mixed")
    #expect(property("receivedDate") == "2026-11-20T10:00:00Z")
    #expect(property("attachmentCount") == "4")
    #expect(property("html")?.contains("<p>Größe</p>") == true)
  }

  @Test func `a mail of HTML alone keeps its HTML, and an empty one has an empty body`() throws {
    let html = try exchange("From: a@b\nContent-Type: text/html; charset=iso-8859-1\n\n<b>x</b>")
    #expect(html.body.textInMemory == "<b>x</b>")
    #expect(html.headers["Content-Type"] == .text("text/html; charset=UTF-8"))
    let empty = try exchange("")
    #expect(empty.body.byteCount == 0 && empty.attachments.isEmpty)
    #expect(empty.properties["tenant.mail.fromAddress"] == .text(""))
  }

  @Test func `a text over the memory limit is the body, converted, and no attachment`() throws {
    let line = String(repeating: "ä", count: 70) + "\n"
    let text = String(repeating: line, count: 9_000)
    let exchange = try exchange("Subject: large\nContent-Type: text/plain; charset=utf-8\n\n" + text)
    #expect(exchange.body.bytesInMemory == nil)
    #expect(exchange.body.byteCount == text.utf8.count + 9_000)
    #expect(exchange.attachments.isEmpty)
  }

  @Test func `a mail over the limits is an error for good`() throws {
    var limits = MIMELimits.standard
    limits.parts = 2
    do {
      _ = try exchange(limits: limits)
      Issue.record("the mail was read")
    } catch let error as FlowFailure {
      #expect(error.failureClass == .permanent)
      #expect(error.explanation.cause == "over the limit 'parts'")
    }
  }

  @Test func `any bytes make a message`() throws {
    var seed: UInt64 = 42
    for _ in 0..<200 {
      let bytes = (0..<300).map { _ -> UInt8 in
        seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return UInt8(truncatingIfNeeded: seed >> 33)
      }
      let text = String(decoding: bytes, as: UTF8.self)
      _ = try exchange("Content-Type: multipart/mixed; boundary=\(text.prefix(3))\n" + text, allowed: ["*"])
    }
  }
}
