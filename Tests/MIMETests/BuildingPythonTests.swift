import Foundation
import MIME
import TenantBase
import Testing

/// What we build, read by Python's `email` package.
@Suite struct BuildingPythonTests {
  private struct Reading: Decodable {
    struct Part: Decodable {
      var type: String
      var filename: String?
      var content: String
    }
    var defects: [String]
    var subject: String
    var to: [String]
    var replyTo: String
    var note: String
    var parts: [Part]
  }

  private static let script = """
    import sys, json, base64, email, email.policy
    result = []
    for path in sys.argv[1:]:
        message = email.message_from_bytes(open(path, 'rb').read(), policy=email.policy.default.clone(raise_on_defect=False))
        parts = []
        defects = [str(d) for d in message.defects]
        for part in message.walk():
            defects += [str(d) for d in part.defects]
            if part.is_multipart(): continue
            data = part.get_payload(decode=True)
            parts.append({'type': part.get_content_type(), 'filename': part.get_filename(),
                          'content': base64.b64encode(data).decode()})
        addresses = [a.display_name + '|' + a.addr_spec for a in message['to'].addresses]
        result.append({'defects': defects, 'subject': message['subject'] or '', 'to': addresses,
                       'replyTo': str(message['reply-to']), 'note': str(message['x-tenant-note']), 'parts': parts})
    print(json.dumps(result))
    """

  @Test func `Python's email package reads every sample as it was meant`() throws {
    let samples = try BuildingSample.all()
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("tenant-mails-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    var paths: [String] = []
    for sample in samples {
      let path = folder.appendingPathComponent("\(sample.name).eml").path
      let bytes = try BuildingFixture.bytes(sample.message)
      #expect(FileManager.default.createFile(atPath: path, contents: Data(bytes)))
      paths.append(path)
    }
    let readings = try JSONDecoder().decode([Reading].self, from: try Self.run(paths))
    for (sample, reading) in zip(samples, readings) { check(reading, sample) }
    #expect(readings.count == samples.count)
  }

  private func check(_ reading: Reading, _ sample: BuildingSample) {
    #expect(reading.defects.isEmpty, "\(sample.name)")
    #expect(reading.subject == sample.subject, "\(sample.name)")
    let addresses = sample.message.to.mailboxes.map { "\($0.displayName ?? "")|\($0.specification)" }
    #expect(reading.to == addresses, "\(sample.name)")
    #expect(reading.replyTo == "\"Büro, Leitung\" <office@example.com>", "\(sample.name)")
    #expect(reading.note == sample.message.furtherHeaders.first?.value, "\(sample.name)")
    #expect(reading.parts.count == sample.parts.count, "\(sample.name)")
    for (found, expected) in zip(reading.parts, sample.parts) {
      #expect(found.type == expected.type)
      #expect(found.filename == expected.filename)
      let content = Data(base64Encoded: found.content).map { [UInt8]($0) } ?? []
      // The body's own text has CRLF on the wire; attachments keep every byte.
      let comparable = expected.filename == nil && expected.type.hasPrefix("text/") ? Self.withLF(content) : content
      #expect(comparable == expected.content, "\(sample.name): \(expected.filename ?? expected.type)")
    }
  }

  private static func withLF(_ content: [UInt8]) -> [UInt8] { content.filter { $0 != 13 } }

  private static func run(_ paths: [String]) throws -> Data {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", "-c", script] + paths
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "python3 is needed for this test, and must succeed")
    return data
  }
}
