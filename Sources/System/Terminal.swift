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
  /// - Returns: the line without its end.
  /// - Throws: `.noTerminal`; `.interrupted` after SIGINT, SIGTERM or SIGHUP; `.endOfInput` after Ctrl-D on an empty line;
  ///   `.tooLarge` for a line over 999 bytes.
  package static func ask(_ question: String) throws(SystemError) -> String {
    let terminal = try SecretInput.openTerminal()
    var line = [UInt8](repeating: 0, count: 1000)
    var span = line.mutableSpan
    let count = try span.withUnsafeMutableBytes { (memory) throws(SystemError) -> Int in
      try QuietTerminal.readLine(from: terminal.number, prompt: question, hidden: false, into: memory)
    }
    return String(decoding: line[..<count], as: UTF8.self)
  }
}
