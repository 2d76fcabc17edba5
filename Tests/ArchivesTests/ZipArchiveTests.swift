import Archives
import TestSupport
import Testing

private let sample: [(path: String, bytes: [UInt8])] = [
  ("META-INF/MANIFEST.MF", Array("Bundle-Name: x\r\n".utf8)), ("src/", []),
  ("src/ü.txt", Array(String(repeating: "abc ", count: 500).utf8)),
  ("empty", []),
]

private func kind(_ body: () throws(ArchiveError) -> Void) -> ArchiveError.Kind? {
  do throws(ArchiveError) {
    try body()
    return nil
  } catch { return error.kind }
}

@Test(arguments: [true, false]) func `files come out as they went in`(isDeflated: Bool) throws {
  let bytes = try ZipFixture(files: sample, isDeflated: isDeflated).bytes()
  #expect(ZipArchive.isZip(bytes))
  let archive = try ZipArchive(bytes)
  #expect(archive.entries.map(\.path) == ["META-INF/MANIFEST.MF", "src", "src/ü.txt", "empty"])
  #expect(archive.entries.map(\.isFolder) == [false, true, false, false])
  for (entry, file) in zip(archive.entries, sample) { #expect(try archive.contents(of: entry) == file.bytes) }
  #expect(try ZipArchive(ZipFixture(files: []).bytes()).entries.isEmpty)
}

@Test(arguments: ["../a", "/etc/passwd", "a/../../b", "a\\..\\b", "", "a\u{0}b"])
func `paths that lead outside are refused`(_ path: String) throws {
  let bytes = try ZipFixture(files: [(path, [1])]).bytes()
  #expect(kind { () throws(ArchiveError) in _ = try ZipArchive(bytes) } == .malformed)
}

@Test func `encryption, other methods, repeated paths and limits are refused`() throws {
  let one: [(path: String, bytes: [UInt8])] = [("a", [UInt8](repeating: 0, count: 1000))]
  func open(_ fixture: ZipFixture, _ limits: ArchiveLimits = ArchiveLimits()) throws -> ArchiveError.Kind? {
    let bytes = try fixture.bytes()
    return kind { () throws(ArchiveError) in
      let archive = try ZipArchive(bytes, limits: limits)
      for entry in archive.entries { _ = try archive.contents(of: entry) }
    }
  }
  #expect(try open(ZipFixture(files: one)) == nil)
  #expect(try open(ZipFixture(files: one, flags: 1)) == .unsupported)
  #expect(try open(ZipFixture(files: one, method: 12)) == .unsupported)
  #expect(try open(ZipFixture(files: one + one)) == .malformed)
  var limits = ArchiveLimits()
  limits.entryLength = 999
  #expect(try open(ZipFixture(files: one), limits) == .limitExceeded)
  limits = ArchiveLimits()
  limits.totalLength = 1500
  #expect(try open(ZipFixture(files: one + [("b", one[0].bytes)]), limits) == .limitExceeded)
  limits = ArchiveLimits()
  limits.entries = 1
  #expect(try open(ZipFixture(files: one + [("b", [])]), limits) == .limitExceeded)
}

@Test func `data that unpacks to more than it says is stopped`() throws {
  let packed = try Deflate.compress([UInt8](repeating: 0, count: 1 << 20))
  #expect(packed.count < 2000)
  #expect(try Deflate.decompress(packed[...], limit: 1 << 20).count == 1 << 20)
  #expect(kind { () throws(ArchiveError) in _ = try Deflate.decompress(packed[...], limit: 1000) } == .limitExceeded)
  #expect(
    kind { () throws(ArchiveError) in _ = try Deflate.decompress(packed.dropLast(), limit: 1 << 20) } == .malformed)
  #expect(kind { () throws(ArchiveError) in _ = try Deflate.decompress([], limit: 1 << 20) } == .malformed)
}

@Test func `cut and damaged archives are refused or read right, never a crash`() throws {
  let bytes = try ZipFixture(files: sample).bytes()
  for length in 0..<bytes.count {
    #expect(kind { () throws(ArchiveError) in _ = try ZipArchive(Array(bytes.prefix(length))) } != nil)
  }
  for index in bytes.indices {
    for value: UInt8 in [0, 0xFF] {
      var mutant = bytes
      mutant[index] = value
      guard let archive = try? ZipArchive(mutant) else { continue }
      for entry in archive.entries where !entry.isFolder {
        guard let content = try? archive.contents(of: entry) else { continue }
        #expect(sample.contains { $0.bytes == content })
      }
    }
  }
}
