import CLinux
import Glibc

/// The terminal of the person who started the program: for questions, whatever the standard streams are.
package enum Terminal {
  private static let path = "/dev/tty"

  /// Whether somebody can be asked: there is a terminal, and this program is in its foreground.
  package static var isAvailable: Bool {
    guard let terminal = try? Descriptor.open(path, flags: O_RDWR | O_NOCTTY, action: "ask on", path: path) else {
      return false
    }
    // In the background the first question would stop the program without a word.
    return tcgetpgrp(terminal.number) == getpgrp()
  }

  /// Asks for one line, with echo; not for secrets.
  ///
  /// - Returns: the line without its end; empty after Ctrl-D.
  /// - Throws: `.noTerminal`; `.tooLarge` for a line over 1,000 bytes.
  package static func ask(_ question: String) throws(SystemError) -> String {
    let terminal: Descriptor
    do throws(SystemError) {
      terminal = try Descriptor.open(path, flags: O_RDWR | O_NOCTTY, action: "ask on", path: path)
    } catch {
      throw SystemError(.noTerminal, action: "ask on", path: path)
    }
    // What was typed before the question was read is no answer to it.
    tcflush(terminal.number, TCIFLUSH)
    try terminal.write(Array(question.utf8).span, path: path)
    var line = [UInt8](repeating: 0, count: 1000)
    while true {
      let count = Glibc.read(terminal.number, &line, line.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw SystemError(errno: errno, action: "read from", path: path) }
      guard count < line.count else { throw SystemError(.tooLarge(limit: line.count), action: "read from", path: path) }
      let text = line[..<count].prefix { $0 != 0x0A && $0 != 0x0D }
      if count == 0 { try terminal.write(([0x0A] as [UInt8]).span, path: path) }
      return String(decoding: text, as: UTF8.self)
    }
  }
}
