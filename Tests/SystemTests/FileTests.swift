import Foundation
import TenantBase
import TestSupport
import Testing

@testable import System

struct FileTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func `a file is read whole, up to the limit`() throws {
    let bytes = RandomIdentifier.bytes(9_000)
    try FileContents.replace(folder("a"), with: bytes)
    #expect(try FileContents.read(folder("a"), limit: 9_000) == bytes)
    let error = #expect(throws: SystemError.self) { try FileContents.read(folder("a"), limit: 8_999) }
    #expect(error?.kind == .tooLarge(limit: 8_999))
  }

  @Test(arguments: [0, 1, 4095, 4096, 4097, 10_000])
  func `files of every length come back as they were`(length: Int) throws {
    let bytes = RandomIdentifier.bytes(length)
    try FileContents.replace(folder("a"), with: bytes)
    #expect(try FileContents.read(folder("a"), limit: length) == bytes)
  }

  @Test func `a replaced file has the asked mode and leaves nothing beside it`() throws {
    try FileContents.replace(folder("a"), with: [1])
    try FileContents.replace(folder("a"), with: [2], mode: 0o644)
    #expect(FileStatus.mode(of: folder("a")) == 0o644)
    #expect(try Folder(opening: folder.path).entries() == ["a"])
    #expect(try FileContents.read(folder("a"), limit: 9) == [2])
  }

  @Test func `a failed replacement leaves the old content and no temporary file`() throws {
    try Folder.create(folder("a"))
    try Folder.create(folder("a/inner"))
    #expect(throws: SystemError.self) { try FileContents.replace(folder("a"), with: [2]) }
    #expect(try Folder(opening: folder.path).entries() == ["a"])
  }

  @Test func `a replaced file lives on as the previous one, and nothing else is left`() throws {
    let home = try Folder(opening: folder.path)
    for content in [[1], [2], [3]] as [[UInt8]] { try home.replace("a", with: content, keepingOldAs: "a.old") }
    #expect(try home.entries() == ["a", "a.old"])
    #expect(try home.read("a", limit: 9, access: .ownerOnly) == [3])
    #expect(try home.read("a.old", limit: 9, access: .ownerOnly) == [2])
  }

  @Test func `when the previous name cannot be taken, all stays as it was`() throws {
    let home = try Folder(opening: folder.path)
    try home.replace("a", with: [1])
    try Folder.create(folder("a.old/inner"))
    #expect(throws: SystemError.self) { try home.replace("a", with: [2], keepingOldAs: "a.old") }
    #expect(try home.entries() == ["a", "a.old"])
    #expect(try home.read("a", limit: 9, access: .ownerOnly) == [1])
  }

  @Test func `creating refuses a name that is taken`() throws {
    try FileContents.create(folder("a"), with: [1])
    let error = #expect(throws: SystemError.self) { try FileContents.create(folder("a"), with: [2]) }
    #expect(error?.kind == .alreadyExists)
    #expect(try FileContents.read(folder("a"), limit: 9) == [1])
    #expect(try Folder(opening: folder.path).entries() == ["a"])
  }

  @Test(arguments: [0o644, 0o666, 0o660, 0o604, 0o640, 0o610] as [UInt32])
  func `a private file that others can reach is refused`(mode: UInt32) throws {
    try FileContents.replace(folder("a"), with: [1], mode: mode)
    let error = #expect(throws: SystemError.self) {
      try FileContents.read(folder("a"), limit: 9, access: .ownerOnly)
    }
    #expect(error?.kind == .notPrivate(.mode(mode)))
    #expect(error?.explanation.hints.first?.hasPrefix("take the access away: chmod") == true)
  }

  @Test func `links, FIFOs and folders are refused as private files`() throws {
    try FileContents.replace(folder("a"), with: [1])
    try FileManager.default.createSymbolicLink(atPath: folder("link"), withDestinationPath: folder("a"))
    #expect(kind(of: "link") == .wrongFileType(.symbolicLink))
    mkfifo(folder("fifo"), 0o600)
    #expect(kind(of: "fifo") == .wrongFileType(.fifo))
    try Folder.create(folder("sub"))
    #expect(kind(of: "sub") == .wrongFileType(.folder))
    try FileManager.default.linkItem(atPath: folder("a"), toPath: folder("second"))
    #expect(kind(of: "a") == .notPrivate(.hardLinks(2)))
  }

  @Test(.enabled(if: getuid() == 0)) func `a private file of another user is refused`() throws {
    try FileContents.replace(folder("a"), with: [1])
    chown(folder("a"), 12345, 0)
    #expect(kind(of: "a") == .notPrivate(.foreignOwner(12345)))
    chown(folder.path, 12345, 0)
    #expect(throws: SystemError.self) { _ = try Folder(opening: folder.path, privacy: .ownerOnly) }
    chown(folder.path, 0, 0)
  }

  @Test func `a credential of the service manager may have root's group bit only`() throws {
    try FileContents.replace(folder("a"), with: [1], mode: 0o440)
    if getuid() == 0 {
      #expect(try FileContents.read(folder("a"), limit: 9, access: .credential) == [1])
    }
    try FileContents.replace(folder("a"), with: [1], mode: 0o444)
    #expect(throws: SystemError.self) { try FileContents.read(folder("a"), limit: 9, access: .credential) }
  }

  @Test(arguments: [0o755, 0o750, 0o701] as [UInt32])
  func `a private folder that others can enter is refused`(mode: UInt32) throws {
    chmod(folder.path, mode)
    #expect(throws: SystemError.self) { _ = try Folder(opening: folder.path, privacy: .ownerOnly) }
    try Folder.makePrivate(folder.path)
    _ = try Folder(opening: folder.path, privacy: .ownerOnly)
  }

  @Test func `a link in place of a private folder is refused`() throws {
    try Folder.create(folder("real"))
    try FileManager.default.createSymbolicLink(atPath: folder("link"), withDestinationPath: folder("real"))
    let error = #expect(throws: SystemError.self) { _ = try Folder(opening: folder("link"), privacy: .ownerOnly) }
    #expect(error?.kind == .wrongFileType(.symbolicLink))
    _ = try Folder(opening: folder("link"))
  }

  @Test func `a missing folder is made with those above it`() throws {
    #expect(try Folder.create(folder("x/y/z")))
    #expect(try !Folder.create(folder("x/y/z")))
    #expect(FileStatus.mode(of: folder("x/y")) == 0o700)
    try FileContents.replace(folder("file"), with: [])
    #expect(throws: SystemError.self) { try Folder.create(folder("file")) }
    #expect(throws: SystemError.self) { try Folder.create(folder("file/below")) }
  }

  @Test func `a lock excludes others until it is given back`() throws {
    let home = try Folder(opening: folder.path)
    do {
      let held = try home.lock("lock", deadline: .after(.seconds(1)))
      let error = #expect(throws: SystemError.self) { _ = try home.lock("lock", deadline: .after(.zero)) }
      #expect(error?.kind == .locked)
      _ = consume held
    }
    _ = try home.lock("lock", deadline: .after(.zero))
  }

  @Test func `abandoned temporary files are removed, others stay`() throws {
    for name in ["k.tks.12ab.tmp", "k.tks", "k.tks.previous", "other.tmp"] {
      try FileContents.replace(folder(name), with: [1])
    }
    let home = try Folder(opening: folder.path)
    try home.removeAbandoned(of: "k.tks")
    #expect(try home.entries() == ["k.tks", "k.tks.previous", "other.tmp"])
  }

  @Test func `an error names the path and the system's words`() throws {
    let error = #expect(throws: SystemError.self) { try FileContents.read(folder("none"), limit: 1) }
    #expect(error?.description == "cannot read '\(folder("none"))': no such file or directory")
    #expect(error?.failureClass == .badInput)
  }

  @Test func `a path with a NUL is refused`() throws {
    #expect(throws: SystemError.self) { try FileContents.read(folder("a\u{0}b"), limit: 1) }
  }

  @Test func `bytes are found`() {
    let bytes = Array("one\r\ntwo".utf8)
    #expect(ByteSearch.firstIndex(of: 0x0A, in: bytes) == 4)
    #expect(ByteSearch.firstIndex(of: 0x0A, in: bytes, from: 5) == nil)
    #expect(ByteSearch.firstIndex(of: [0x0D, 0x0A], in: bytes) == 3)
    #expect(ByteSearch.firstIndex(of: 1, in: [], from: 0) == nil)
    #expect(ByteSearch.firstIndex(of: 0x6F, in: bytes, from: -1) == nil)
  }

  private func kind(of name: String) -> SystemError.Kind? {
    do {
      _ = try FileContents.read(folder(name), limit: 9, access: .ownerOnly)
      return nil
    } catch { return error.kind }
  }
}
