import Foundation
import TestSupport
import Testing

@testable import System

struct SurroundingsTests {
  @Test func `user, host and folder have names`() {
    #expect(!Surroundings.userName.isEmpty)
    #expect(!Surroundings.hostName.isEmpty)
    #expect(Surroundings.currentFolder.hasPrefix("/"))
    #expect(Surroundings.variable("PATH") != nil)
    #expect(Surroundings.variable("TENANT_NO_SUCH_VARIABLE") == nil)
  }

  @Test func `paths are taken apart and joined`() {
    for (path, parent, name) in [
      ("a/b", "a", "b"), ("b", ".", "b"), ("/b", "/", "b"), ("a/b/", "a", "b"), ("/", "/", ""),
    ] {
      let split = FilePath.split(path)
      #expect(split.parent == parent && split.name == name, "\(path)")
    }
    #expect(FilePath.join("a", "b") == "a/b")
    #expect(FilePath.join("a/", "b") == "a/b")
    #expect(FilePath.join("a", "/b") == "/b")
    #expect(FilePath.join("", "b") == "b")
  }

  @Test func `random identifiers differ and are hex`() {
    let first = RandomIdentifier.hex(byteCount: 16)
    #expect(first.count == 32 && first.allSatisfy { $0.isHexDigit })
    #expect(first != RandomIdentifier.hex(byteCount: 16))
    #expect(RandomIdentifier.hex([0x00, 0xAB]) == "00ab")
  }

  @Test func `a hardened process is not dumpable and ignores closed pipes`() async {
    await #expect(processExitsWith: .success) {
      let shortcomings = ProcessHardening.apply()
      var ends: [Int32] = [-1, -1]
      pipe(&ends)
      close(ends[0])
      let wrote = write(ends[1], "x", 1)
      var limit = rlimit()
      getrlimit(__rlimit_resource_t(4), &limit)  // 4: RLIMIT_CORE
      exit(
        shortcomings.warnings.isEmpty && !ProcessHardening.isDumpable && wrote == -1 && limit.rlim_max == 0 ? 0 : 1)
    }
  }

  @Test(arguments: [
    ("abc", 3), ("abc\n", 3), ("abc\r\n", 3), ("abc\n\n", 4), ("\n", 0), ("\r\n", 0), ("", 0), ("a\r", 2),
  ])
  func `one line end after a password in a file does not belong to it`(content: String, length: Int) throws {
    let folder = try TemporaryFolder()
    try FileContents.replace(folder("p"), with: Array(content.utf8))
    var memory = [UInt8](repeating: 0, count: SecretInput.limit)
    var span = memory.mutableSpan
    let count = try SecretInput.readFile(folder("p"), into: &span)
    #expect(count == length)
    #expect(Array(memory[..<count]) == Array(content.utf8.prefix(length)))
  }

  @Test func `a password file longer than the limit is refused`() throws {
    let folder = try TemporaryFolder()
    try FileContents.replace(folder("p"), with: [UInt8](repeating: 0x61, count: SecretInput.limit + 1))
    var memory = [UInt8](repeating: 0, count: SecretInput.limit)
    var span = memory.mutableSpan
    let error: SystemError?
    do throws(SystemError) {
      _ = try SecretInput.readFile(folder("p"), into: &span)
      error = nil
    } catch let refusal { error = refusal }
    #expect(error?.kind == .tooLarge(limit: SecretInput.limit))
  }
}
