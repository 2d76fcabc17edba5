import Foundation
import Testing

@testable import System

/// A pseudo terminal: what a person's screen and keyboard are to the program.
private final class Terminal: Sendable {
  let person: Int32
  let program: Int32

  init?() {
    person = open("/dev/ptmx", O_RDWR | O_NOCTTY)
    var isLocked: Int32 = 0
    var number: UInt32 = 0
    // TIOCSPTLCK and TIOCGPTN: what unlockpt and ptsname do.
    guard person >= 0, ioctl(person, 0x4004_5431, &isLocked) == 0, ioctl(person, 0x8004_5430, &number) == 0 else {
      return nil
    }
    program = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY)
    guard program >= 0 else { return nil }
  }

  deinit {
    close(person)
    close(program)
  }

  var echoes: Bool {
    var settings = termios()
    tcgetattr(program, &settings)
    return settings.c_lflag & tcflag_t(ECHO) != 0
  }

  /// Waits until the program has written `text`.
  func expect(_ text: String) {
    var seen = ""
    var byte: UInt8 = 0
    while !seen.hasSuffix(text), read(person, &byte, 1) == 1 { seen.append(Character(Unicode.Scalar(byte))) }
  }

  func type(_ text: String) { _ = text.withCString { write(person, $0, strlen($0)) } }
}

/// What the program gets for a password while `person` sits at the terminal.
private func ask(_ terminal: Terminal, person: @escaping @Sendable () -> Void) -> Result<[UInt8], SystemError> {
  Thread.detachNewThread(person)
  return Result { () throws(SystemError) -> [UInt8] in
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: SecretInput.limit, alignment: 1)
    defer { memory.deallocate() }
    let count = try QuietTerminal.readLine(from: terminal.program, prompt: "Password: ", into: memory)
    return Array(memory[..<count])
  }
}

/// One at a time: the signals of a process are shared by all its threads.
@Suite(.serialized)
struct QuietTerminalTests {
  @Test func `a password is read up to the line end, without echo`() throws {
    let terminal = try #require(Terminal())
    let answer = ask(terminal) {
      terminal.expect("Password: ")
      terminal.type("wr\u{7F}geheim \u{FC}\n")
    }
    #expect(try answer.get() == Array("wgeheim \u{FC}".utf8))
    #expect(terminal.echoes)
    // The line end alone is shown, so that what follows begins on a line of its own.
    let shown = { () -> String in
      terminal.type("\u{4}")
      var buffer = [UInt8](repeating: 0, count: 64)
      let count = read(terminal.person, &buffer, buffer.count)
      return String(decoding: buffer.prefix(max(count, 0)), as: UTF8.self)
    }()
    #expect(!shown.contains("geheim"))
  }

  @Test func `an empty line is an empty password, and the end of input is none`() throws {
    let terminal = try #require(Terminal())
    let empty = ask(terminal) {
      terminal.expect("Password: ")
      terminal.type("\n")
    }
    #expect(try empty.get() == [])
    let end = ask(terminal) {
      terminal.expect("Password: ")
      terminal.type("\u{4}")
    }
    #expect(throws: SystemError.self) { try end.get() }
    #expect(terminal.echoes)
  }

  @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
  func `a signal ends the question, and the echo is back`(signal: Int32) async {
    await #expect(processExitsWith: .success) { [signal] in
      guard let terminal = Terminal() else { exit(2) }
      let answer = ask(terminal) {
        terminal.expect("Password: ")
        terminal.type("half")
        kill(getpid(), signal)
      }
      guard case .failure(let error) = answer, error.kind == .interrupted(signal: signal), terminal.echoes else {
        exit(1)
      }
      // The handler of before is back: the same signal ends the process as it always did.
      var action = sigaction()
      sigaction(signal, nil, &action)
      exit(action.__sigaction_handler.sa_handler == nil ? 0 : 3)
    }
  }
}
