import Foundation
import System
import Testing

@Suite struct FreshFileTests {
  private let folder = NSTemporaryDirectory() + "tenant-fresh-file-\(UUID().uuidString)"

  private func names() -> [String] { (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] }

  @Test func `a file appears whole when it is finished, and is its owner's alone`() throws {
    try Folder.create(folder)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let file = try FreshFile("mail.eml", in: folder)
    try file.append(Array("one ".utf8))
    try file.append(Array("two".utf8))
    #expect(names() == ["mail.eml.tmp"])
    try file.finish()
    #expect(names() == ["mail.eml"])
    #expect(try FileContents.read(folder + "/mail.eml", limit: 100) == Array("one two".utf8))
    #expect(FileStatus.mode(of: folder + "/mail.eml").map { $0 & 0o777 } == 0o600)
  }

  @Test func `a file that is given up leaves nothing`() throws {
    try Folder.create(folder)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    func giveUp() throws {
      let file = try FreshFile("mail.eml", in: folder)
      try file.append([1, 2, 3])
    }
    try giveUp()
    #expect(names().isEmpty)
    #expect(throws: SystemError.self) { _ = try FreshFile("mail.eml", in: folder + "/nowhere") }
  }
}
