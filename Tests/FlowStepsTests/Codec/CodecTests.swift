import Archives
import Expressions
import FlowEngine
import FlowModel
import FlowSteps
import System
import TenantBase
import TestSupport
import Testing

private func exchange(_ bytes: [UInt8]) -> Exchange {
  var exchange = Exchange(id: "message-1")
  exchange.body = MessageBody(bytes: bytes)
  return exchange
}

/// Compressible and not, shorter and longer than a piece.
private let samples: [[UInt8]] = [
  [], [0], Array("Input for encoder".utf8), (0..<50_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 3) },
  [UInt8](repeating: 65, count: 40_000),
]

@Test func `Base64 is written in lines of 76 and read back, whatever stands between`() async throws {
  let text = "<message>\r\n\tInput for encoder\r\n</message>\r\n"
  let encoded = try await runStep("Encoder", [("encoderType", "Base64 Encode")], on: text)
  #expect(encoded == "PG1lc3NhZ2U+DQoJSW5wdXQgZm9yIGVuY29kZXINCjwvbWVzc2FnZT4NCg==")
  #expect(try await runStep("Decoder", [("encoderType", "Base64 Decode")], on: "PG1l\r\nc3Nh Z2U+") == "<message>")
  for sample in samples {
    let packed = try await runStep("Encoder", [("encoderType", "Base64 Encode")], on: exchange(sample))
    let lines = try #require(packed.body.textInMemory).split(separator: "\r\n")
    #expect(lines.dropLast().allSatisfy { $0.utf8.count == 76 })
    let back = try await runStep("Decoder", [("encoderType", "Base64 Decode")], on: packed)
    #expect(back.body.bytesInMemory == sample)
  }
}

@Test(arguments: ["GZIP", "ZIP"]) func `what was compressed is decompressed as it was`(kind: String) async throws {
  for sample in samples {
    let packed = try await runStep("Encoder", [("encoderType", "\(kind) Compress")], on: exchange(sample))
    let back = try await runStep("Decoder", [("encoderType", "\(kind) Decompress")], on: packed)
    #expect(back.body.bytesInMemory == sample)
    if sample.count == 40_000 { #expect(packed.body.byteCount < 500) }
  }
}

@Test func `the zip's file is named by the header CamelFileName, and names it again`() async throws {
  var sample = exchange(Array("x".utf8))
  let unnamed = try await runStep("Encoder", [("encoderType", "ZIP Compress")], on: sample)
  #expect(unnamed.headers["CamelFileName"] == .text("message-1.zip"))
  sample.headers["CamelFileName"] = .text("in/orders ä.csv")
  let packed = try await runStep("Encoder", [("encoderType", "ZIP Compress")], on: sample)
  #expect(packed.headers["CamelFileName"] == .text("orders ä.csv.zip"))
  let archive = try ZipArchive(try #require(packed.body.bytesInMemory))
  #expect(archive.entries.map(\.path) == ["orders ä.csv"])
  let back = try await runStep("Decoder", [("encoderType", "ZIP Decompress")], on: packed)
  #expect(back.headers["CamelFileName"] == .text("orders ä.csv"))
}

@Test(arguments: ["GZIP", "ZIP"]) func `cut and damaged archives fail the message`(kind: String) async throws {
  let packed = try await runStep(
    "Encoder", [("encoderType", "\(kind) Compress")], on: exchange(Array("hello hello".utf8)))
  let bytes = try #require(packed.body.bytesInMemory)
  for end in 0..<bytes.count {
    #expect(try await failure("Decoder", [("encoderType", "\(kind) Decompress")], on: Array(bytes[..<end])) != nil)
  }
  #expect(try await failure("Decoder", [("encoderType", "\(kind) Decompress")], on: bytes + [1, 2, 3]) != nil)
  var damaged = bytes
  damaged[kind == "ZIP" ? 45 : 14] ^= 0xFF
  #expect(try await failure("Decoder", [("encoderType", "\(kind) Decompress")], on: damaged) != nil)
}

@Test func `several members of a gzip file are one content`() async throws {
  let first = try await runStep("Encoder", [("encoderType", "GZIP Compress")], on: exchange(Array("one ".utf8)))
  let second = try await runStep("Encoder", [("encoderType", "GZIP Compress")], on: exchange(Array("two".utf8)))
  let both = try #require(first.body.bytesInMemory) + (try #require(second.body.bytesInMemory))
  #expect(
    try await runStep("Decoder", [("encoderType", "GZIP Decompress")], on: exchange(both)).body.textInMemory
      == "one two")
}

@Test func `a bomb is refused by what comes out of it`() throws {
  let compressor = try Compressor(.gzip, level: 9)
  let zeros = [UInt8](repeating: 0, count: 1 << 20)
  var bomb: [UInt8] = []
  for _ in 0..<4 { bomb += compressor.compress(zeros) }
  bomb += compressor.finish()
  #expect(bomb.count < 10_000)
  let error = #expect(throws: ArchiveError.self) {
    _ = try Decompressor(.gzip, limit: 1 << 20).decompress(bomb)
  }
  #expect(error?.kind == .limitExceeded)
  let whole = try Decompressor(.gzip, limit: 4 << 20)
  #expect(try whole.decompress(bomb).count == 4 << 20)
  try whole.finish()
}

@Test func `a zip of several files, or none, is refused`() async throws {
  let empty = [0x50, 0x4B, 5, 6] + [UInt8](repeating: 0, count: 18)
  #expect(try await failure("Decoder", [("encoderType", "ZIP Decompress")], on: empty)?.contains("no file") == true)
}

@Test func `a large body goes through the spool`() async throws {
  let folder = try TemporaryFolder()
  let run = FlowRun(
    id: "r", flowName: "f", timeZones: TimeZoneDatabase { _ in nil }, now: { Timestamp(milliseconds: 0) },
    spool: BodySpool(folder: folder.path + "/spool"))
  var large = exchange([UInt8](repeating: 0, count: 3 << 20))
  let document = FlowDocument([.message, .step("Encoder", [("encoderType", "Base64 Encode")]), .end])
  let flow = try read(document)
  let element = try #require(flow.allElements.first { $0.id == "Step" })
  let step = try EncoderFactory().makeStep(for: element, in: StepContext(flow: flow))
  try await step.run(&large, in: run)
  #expect(large.body.byteCount == 4_304_680)
  #expect(large.body.bytesInMemory == nil)
}

@Test(arguments: [
  ("Encoder", "Base64 Decode"), ("Encoder", ""), ("Decoder", "Quoted-Printable"), ("Decoder", "ZIP Compress"),
])
func `an unknown kind of encoding is an error of the check`(activity: String, kind: String) throws {
  #expect(try findings(activity, [("encoderType", kind)]).map(\.code) == ["step-option-unsupported"])
}
