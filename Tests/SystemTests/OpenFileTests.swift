import Foundation
import System
import Testing

@Suite struct OpenFileTests {
  private let folder = NSTemporaryDirectory() + "tenant-open-file-\(UUID().uuidString)"

  private func withFile(_ content: [UInt8], _ body: (String) throws -> Void) throws {
    try Folder.create(folder)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = folder + "/file"
    try FileContents.create(path, with: content)
    try body(path)
  }

  @Test func `bytes are read at any place, by several readers, and none behind the end`() throws {
    let content = (0..<1000).map { UInt8(truncatingIfNeeded: $0) }
    try withFile(content) { path in
      let file = try OpenFile(path)
      #expect(file.byteCount == 1000)
      #expect(try file.read(at: 990, atMost: 100) == Array(content[990...]))
      #expect(try file.read(at: 0, atMost: 10) == Array(content[..<10]))
      #expect(try file.read(at: 1000, atMost: 10).isEmpty)
      #expect(try file.read(at: 5000, atMost: 10).isEmpty)
      #expect(try file.read(at: 0, atMost: 0).isEmpty)
      #expect(!file.hasChanged)
    }
  }

  @Test func `a file that takes the path is not read, and a change of the file is seen`() throws {
    try withFile(Array("old".utf8)) { path in
      let file = try OpenFile(path)
      try FileContents.replace(path, with: Array("a new one".utf8))
      #expect(try file.read(at: 0, atMost: 100) == Array("old".utf8))
      #expect(!file.hasChanged)
      let replaced = try OpenFile(path)
      let handle = try #require(FileHandle(forWritingAtPath: path))
      try handle.truncate(atOffset: 2)
      #expect(replaced.hasChanged)
    }
  }

  @Test func `what is no regular file is refused at once`() throws {
    try withFile([]) { path in
      #expect(throws: SystemError.self) { try OpenFile(folder) }
      let pipe = folder + "/pipe"
      #expect(mkfifo(pipe, 0o600) == 0)
      let error = try #require(throws: SystemError.self) { try OpenFile(pipe) }
      #expect(error.kind == .wrongFileType(.fifo))
      #expect(!FileStatus.isRegularFile(pipe) && FileStatus.isRegularFile(path))
    }
    #expect(throws: SystemError.self) { try OpenFile(folder + "/none") }
  }

  @Test func `an unnamed file leaves no name behind and holds what was written`() throws {
    try withFile([]) { _ in
      let writer = try UnnamedFile(in: folder)
      try writer.append(Array("one ".utf8))
      try writer.append(Array("two".utf8))
      let file = try writer.finish()
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["file"])
      #expect(try file.read(at: 0, atMost: 100) == Array("one two".utf8))
      #expect(file.byteCount == 7)
      #expect(!file.hasChanged)
    }
    #expect(throws: SystemError.self) { _ = try UnnamedFile(in: folder) }
  }
}
