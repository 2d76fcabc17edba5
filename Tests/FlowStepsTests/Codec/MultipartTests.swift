import Expressions
import FlowEngine
import FlowModel
import TestSupport
import Testing

private let encode: FlowDocument.Properties = [
  ("encoderType", "MIME Multipart Message Encode"), ("MultipartSubtype", "Related"),
]
private let decode: FlowDocument.Properties = [("encoderType", "MIME Multipart Message Decode")]
private let inlineEncode = encode + [("MultipartAddHeadersInline", "true"), ("IncludeHeaders", "(x-.*|myHeader)")]
private let inlineDecode = decode + [("MultipartHeadersInline", "true")]

private func message(attachments: Bool = true) -> Exchange {
  var exchange = Exchange(id: "x")
  exchange.body = MessageBody(text: "Body text ä")
  exchange.headers["Content-Type"] = .text("text/plain; charset=UTF-8")
  exchange.headers["x-mark"] = .text("märk")
  exchange.headers["other"] = .text("o")
  if attachments {
    exchange.attachments = [
      ExchangeAttachment(
        name: "ä b.bin", mediaType: "application/pdf", content: MessageBody(bytes: [0, 13, 10, 255, 45, 45])),
      ExchangeAttachment(name: "empty.txt", mediaType: "text/plain", content: .empty),
    ]
  }
  return exchange
}

@Test func `body and attachments become a multipart whose header is the exchange's`() async throws {
  let result = try await runStep("Encoder", encode, on: message())
  #expect(result.attachments.isEmpty)
  let type = try #require(result.headers["Content-Type"]?.text)
  #expect(type.hasPrefix("multipart/related; boundary=\"----=_Part_"))
  #expect(result.headers["MIME-Version"] == .text("1.0"))
  let boundary = try #require(type.split(separator: "\"").last.map { String($0) })
  let body = String(decoding: try #require(result.body.bytesInMemory), as: UTF8.self)
  #expect(
    body.hasPrefix(
      "--\(boundary)\r\nContent-Type: text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nBody text ä\r\n--\(boundary)\r\n"
    ))
  #expect(body.contains("Content-Disposition: attachment; filename*=UTF-8''%C3%A4%20b.bin\r\n\r\n"))
  #expect(body.hasSuffix("\r\n--\(boundary)--\r\n"))
}

@Test(arguments: [false, true]) func `what was encoded is decoded as it was`(isInline: Bool) async throws {
  let before = message()
  let encoded = try await runStep("Encoder", isInline ? inlineEncode : encode, on: before)
  let after = try await runStep("Decoder", isInline ? inlineDecode : decode, on: encoded)
  #expect(after.body == before.body)
  #expect(after.attachments == before.attachments)
  #expect(after.headers["Content-Type"] == .text("text/plain"))
  #expect(after.headers["MIME-Version"] == nil)
  #expect(after.headers["x-mark"] == .text("märk"))
}

@Test func `an inline header holds the headers that the pattern names`() async throws {
  let result = try await runStep("Encoder", inlineEncode, on: message(attachments: false))
  let body = try #require(result.body.textInMemory)
  #expect(body.hasPrefix("x-mark: =?UTF-8?"))
  #expect(body.contains("\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related;\r\n\tboundary="))
  #expect(!body.contains("other"))
  #expect(result.headers["Content-Type"] == nil)
}

@Test func `without attachments and inline header a message stays as it is`() async throws {
  let before = message(attachments: false)
  #expect(try await runStep("Encoder", encode, on: before) == before)
}

@Test func `folded headers are for mail`() async throws {
  let result = try await runStep("Encoder", encode + [("FoldLongHeaders", "true")], on: message())
  #expect(result.headers["Content-Type"]?.text.contains(";\r\n\tboundary=") == true)
  let back = try await runStep("Decoder", decode, on: result)
  #expect(back.attachments.count == 2)
}

@Test func `without a multipart among the headers a message is not decoded`() async throws {
  let before = message()
  #expect(try await runStep("Decoder", decode, on: before) == before)
}

@Test func `an inline multipart that is none fails the message`() async throws {
  #expect(try await failure("Decoder", inlineDecode, on: "just text")?.contains("no MIME multipart") == true)
}

@Test func `foreign multiparts are decoded: other charsets, transfer encodings, equal and hostile names`() async throws
{
  var exchange = Exchange(id: "x")
  exchange.headers["content-type"] = .text("multipart/mixed; boundary=b")
  let text = """
    preamble\r
    --b\r
    Content-Type: text/plain; charset=ISO-8859-1\r
    Content-Transfer-Encoding: quoted-printable\r
    \r
    =E4\r
    --b\r
    Content-Type: application/x-a; name="../../etc/passwd"\r
    Content-Transfer-Encoding: base64\r
    \r
    AAEC\r
    --b\r
    Content-Disposition: attachment; filename=passwd\r
    \r
    x\r
    --b--\r
    """
  exchange.body = MessageBody(text: text)
  let result = try await runStep("Decoder", decode, on: exchange)
  #expect(result.body.textInMemory == "ä")
  #expect(result.attachments.map(\.content.bytesInMemory) == [[0, 1, 2], [0x78]])
  #expect(Set(result.attachments.map(\.name)).count == 2)
  #expect(result.attachments.allSatisfy { !$0.name.contains("/") })
}

@Test func `no header value can begin another header`() async throws {
  var before = message()
  before.headers["Content-Type"] = .text("text/plain\r\nX-Evil: 1")
  await #expect(throws: FlowFailure.self) { try await runStep("Encoder", encode, on: before) }
  before.headers["Content-Type"] = .text("text/plain")
  before.headers["x-mark"] = .text("a\r\nX-Evil: 1")
  await #expect(throws: FlowFailure.self) { try await runStep("Encoder", inlineEncode, on: before) }
}

@Test(arguments: [("MultipartSubtype", "a b", "step-option-unsupported"), ("IncludeHeaders", "(", "expression-bad")])
func `settings without a meaning are errors`(key: String, value: String, code: String) throws {
  let properties = encode.filter { $0.key != key } + [("MultipartAddHeadersInline", "true"), (key, value)]
  #expect(try findings("Encoder", properties).map(\.code) == [code])
}
