import Glibc

/// A mailbox as the server keeps it: one file a mail in `new` and `cur`.
struct Maildir: Sendable {
  let path: String

  /// The mails that are there now, in order of their file names.
  func messages() throws -> [[UInt8]] {
    var messages: [[UInt8]] = []
    for folder in ["new", "cur"] {
      for name in try TestFiles.names(in: "\(path)/\(folder)") {
        // A server may move a mail from new to cur between the listing and the reading; the next look finds it there.
        if let message = try? TestFiles.read("\(path)/\(folder)/\(name)") { messages.append(message) }
      }
    }
    return messages
  }

  /// Waits for `count` mails whose header holds a text, for example `Message-ID: <1@example.test>`.
  ///
  /// - Throws: `ProgramFailure` when they have not arrived within the time limit.
  func newMessages(
    withHeader text: String, count: Int = 1, within timeLimit: Duration = .seconds(20)
  ) async throws -> [[UInt8]] {
    let deadline = ContinuousClock.now + timeLimit
    while true {
      let found = try messages().filter { Self.header(of: $0).contains(text) }
      if found.count >= count { return found }
      guard ContinuousClock.now < deadline else {
        throw ProgramFailure(
          description: "\(found.count) of \(count) mails with '\(text)' in the header are in \(path) after \(timeLimit)"
        )
      }
      try await Task.sleep(for: .milliseconds(20))
    }
  }

  /// Everything before the first empty line, with LF line ends.
  private static func header(of message: [UInt8]) -> String {
    let text = String(decoding: message.filter { $0 != 13 }, as: UTF8.self)
    return text.range(ofFirst: "\n\n").map { String(text[..<$0]) } ?? text
  }
}

extension String {
  /// Where a text first begins; nil when it is not in this one.
  fileprivate func range(ofFirst text: String) -> String.Index? {
    indices.first { self[$0...].hasPrefix(text) }
  }
}
