import CLinux
import Glibc

/// A terminal for one line of input, with its echo off for a secret.
enum QuietTerminal {
  /// The signals that end or stop a prompt. While it lasts they are noted instead of obeyed, so that the echo comes back.
  private static let watched = [SIGINT, SIGTERM, SIGHUP, SIGTSTP]

  static func readLine(
    from terminal: Int32, prompt: String, hidden: Bool = true, into memory: UnsafeMutableRawBufferPointer
  ) throws(SystemError) -> Int {
    let action = hidden ? "read a password from" : "read an answer from"
    var before = termios()
    guard tcgetattr(terminal, &before) == 0 else {
      throw SystemError(.noTerminal, action: "ask on", path: "/dev/tty")
    }
    let signals = try SignalNotes(of: watched)
    defer { withExtendedLifetime(signals) {} }
    while true {
      setEcho(!hidden, on: terminal, as: before)
      write(prompt, to: terminal)
      let outcome = waitForLine(terminal, signals: signals.reader, into: memory)
      setEcho(true, on: terminal, as: before)
      switch outcome {
      case .line(let count):
        // The kernel hands out a line up to its end; without one, Ctrl-D or the limit cut it.
        if count == 0 { throw SystemError(.endOfInput, action: action, path: "/dev/tty") }
        if count == memory.count, memory[count - 1] != 0x0A {
          tcflush(terminal, TCIFLUSH)
          throw SystemError(.tooLarge(limit: memory.count - 1), action: action, path: "/dev/tty")
        }
        return SecretInput.withoutLineEnd(memory, count: count)
      case .signal(SIGTSTP):
        kill(getpid(), SIGSTOP)  // stopped as asked; after `fg` the prompt comes again
      case .signal(let number):
        write("\n", to: terminal)
        throw SystemError(.interrupted(signal: number), action: "ask on", path: "/dev/tty")
      case .failed(let code):
        throw SystemError(errno: code, action: action, path: "/dev/tty")
      }
    }
  }

  private enum Outcome {
    case line(Int)
    case signal(Int32)
    case failed(Int32)
  }

  private static func waitForLine(
    _ terminal: Int32, signals: Int32, into memory: UnsafeMutableRawBufferPointer
  ) -> Outcome {
    while true {
      var sources = [
        pollfd(fd: signals, events: Int16(POLLIN), revents: 0), pollfd(fd: terminal, events: Int16(POLLIN), revents: 0),
      ]
      if poll(&sources, 2, -1) < 0 {
        if errno == EINTR { continue }
        return .failed(errno)
      }
      if sources[0].revents != 0 {
        var number: UInt8 = 0
        if Glibc.read(signals, &number, 1) == 1 { return .signal(Int32(number)) }
      }
      guard sources[1].revents != 0 else { continue }
      let count = Glibc.read(terminal, memory.baseAddress, memory.count)
      if count >= 0 { return .line(count) }
      if errno != EINTR { return .failed(errno) }
    }
  }

  private static func setEcho(_ on: Bool, on terminal: Int32, as before: termios) {
    var settings = before
    if !on {
      settings.c_lflag &= ~tcflag_t(ECHO | ECHOE | ECHOK)
      settings.c_lflag |= tcflag_t(ECHONL | ICANON | ISIG)
    }
    // What was typed ahead of the prompt was echoed: it is thrown away, not taken for the password.
    while tcsetattr(terminal, TCSAFLUSH, &settings) != 0, errno == EINTR {}
  }

  private static func write(_ text: String, to terminal: Int32) {
    let bytes = Array(text.utf8)
    _ = bytes.withUnsafeBytes { Glibc.write(terminal, $0.baseAddress, $0.count) }
  }
}

/// Signals as bytes of a pipe: each byte is a signal's number. The former handlers come back at the end.
private final class SignalNotes {
  let reader: Int32
  private let writer: Int32
  private var former: [(Int32, sigaction)] = []

  init(of signals: [Int32]) throws(SystemError) {
    var ends: [Int32] = [-1, -1]
    guard pipe2(&ends, O_CLOEXEC | O_NONBLOCK) == 0 else {
      throw SystemError(errno: errno, action: "watch", path: "the signals")
    }
    reader = ends[0]
    writer = ends[1]
    tnt_note_signals_in(writer)
    for signal in signals {
      var previous = sigaction()
      if tnt_note_signal(signal, &previous) == 0 { former.append((signal, previous)) }
    }
  }

  deinit {
    for (signal, action) in former {
      var action = action
      sigaction(signal, &action, nil)
    }
    tnt_note_signals_in(-1)
    close(reader)
    close(writer)
  }
}
