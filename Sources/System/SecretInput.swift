import CLinux
import Glibc

/// Reads a password straight into memory that the caller guards. No copy of it stands anywhere else in this process.
///
/// One line end at the end (LF or CRLF) is not part of the password; everything else is.
package enum SecretInput {
  /// The longest password with its line end, in bytes. A terminal gives no longer line either.
  package static let limit = 4096

  /// Asks on the terminal, without echo, and puts the terminal back as it was, also after Ctrl-C.
  ///
  /// - Returns: the number of bytes that are the password.
  /// - Throws: `.noTerminal`; `.interrupted` after SIGINT, SIGTERM or SIGHUP; `.endOfInput` after Ctrl-D on an empty line.
  package static func ask(
    _ prompt: String, into buffer: inout MutableSpan<UInt8>
  ) throws(SystemError) -> Int {
    let terminal = try openTerminal()
    return try buffer.withUnsafeMutableBytes { (memory) throws(SystemError) -> Int in
      try QuietTerminal.readLine(from: terminal.number, prompt: prompt, into: memory)
    }
  }

  static func openTerminal() throws(SystemError) -> Descriptor {
    do throws(SystemError) {
      return try Descriptor.open("/dev/tty", flags: O_RDWR | O_NOCTTY, action: "ask on", path: "/dev/tty")
    } catch {
      throw SystemError(.noTerminal, action: "ask on", path: "/dev/tty")
    }
  }

  /// Reads standard input to its end.
  package static func readStandardInput(into buffer: inout MutableSpan<UInt8>) throws(SystemError) -> Int {
    let copy = fcntl(StandardStream.input.rawValue, F_DUPFD_CLOEXEC, 3)
    let name = StandardStream.input.name
    guard copy >= 0 else { throw SystemError(errno: errno, action: "read", path: name) }
    let input = Descriptor(taking: copy)
    return try buffer.withUnsafeMutableBytes { (memory) throws(SystemError) -> Int in
      try withoutLineEnd(memory, count: FileContents.readWhole(input, into: memory, path: name))
    }
  }

  /// Reads a file that a person names for it.
  package static func readFile(
    _ path: String, into buffer: inout MutableSpan<UInt8>, access: FileAccess = .named
  ) throws(SystemError) -> Int {
    let count = try FileContents.read(path, into: &buffer, access: access)
    return buffer.withUnsafeMutableBytes { withoutLineEnd($0, count: count) }
  }

  static func withoutLineEnd(_ memory: UnsafeMutableRawBufferPointer, count: Int) -> Int {
    guard count > 0, memory[count - 1] == 0x0A else { return count }
    return count > 1 && memory[count - 2] == 0x0D ? count - 2 : count - 1
  }
}
