import Archives
import Testing

@Test func `an archive that was written is read again`() throws {
  let files: [(String, [UInt8])] = [
    ("a.txt", Array(String(repeating: "alpha ", count: 400).utf8)), ("sub/ü.bin", (0...255).map { UInt8($0) }),
    ("empty", []),
  ]
  var writer = ZipWriter()
  var bytes: [UInt8] = []
  for (name, content) in files { bytes += try writer.entry(named: name, content) }
  bytes += try writer.finish()
  let archive = try ZipArchive(bytes)
  #expect(archive.entries.map(\.path) == files.map(\.0))
  for (entry, file) in zip(archive.entries, files) { #expect(try archive.contents(of: entry) == file.1) }
  #expect(bytes.count < 1_200)
}

@Test func `an archive without entries is one`() throws {
  #expect(try ZipArchive(ZipWriter().finish()).entries.isEmpty)
}
