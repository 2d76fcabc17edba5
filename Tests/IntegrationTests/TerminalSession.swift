import Glibc

/// `tenant` at a pseudo-terminal, which is its standard streams and its controlling terminal.
final class TerminalSession {
  private let terminal: Int32
  private let process: pid_t
  private let deadline: ContinuousClock.Instant
  private var unseen: [UInt8] = []
  private(set) var output: [UInt8] = []
  private var hasEnded = false

  var outputText: String { String(decoding: output, as: UTF8.self) }

  /// Runs `body` with a program that is asked for things, and waits for the program's end.
  ///
  /// - Returns: what stood on the terminal, and the exit code.
  static func run(
    _ home: TenantHome, _ arguments: [String], _ body: @escaping @Sendable (TerminalSession) throws -> Void = { _ in }
  ) async throws -> (output: String, exitCode: Int32) {
    try await BlockingWork.run {
      let session = try TerminalSession(home, arguments)
      try body(session)
      let exitCode = try session.waitForEnd()
      if TestFiles.isKeptForOwner {
        try TestFiles.write(session.output, to: "\(home.folder)/runs/terminal-\(session.process)")
      }
      return (session.outputText, exitCode)
    }
  }

  private init(_ home: TenantHome, _ arguments: [String], within timeLimit: Duration = .seconds(30)) throws {
    deadline = ContinuousClock.now + timeLimit
    terminal = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    var number: Int32 = 0
    // TIOCSPTLCK and TIOCGPTN, whose names are macros with expressions.
    guard terminal >= 0, ioctl(terminal, 0x4004_5431, &number) == 0, ioctl(terminal, 0x8004_5430, &number) == 0 else {
      throw ProgramFailure(description: "there is no pseudo-terminal: \(String(cString: strerror(errno)))")
    }
    process = try Self.spawn(home, arguments, terminal: "/dev/pts/\(number)")
  }

  deinit {
    // Only a process that was not waited for still has its number.
    if !hasEnded {
      kill(-process, SIGKILL)
      waitpid(process, nil, 0)
    }
    close(terminal)
  }

  private static func spawn(_ home: TenantHome, _ arguments: [String], terminal: String) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    // The first terminal that the leader of a new session opens becomes its controlling terminal.
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, terminal, O_RDWR, 0)
    posix_spawn_file_actions_adddup2(&actions, STDIN_FILENO, STDOUT_FILENO)
    posix_spawn_file_actions_adddup2(&actions, STDIN_FILENO, STDERR_FILENO)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // This thread may have signals blocked, and what a program starts with it keeps.
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    let newSession: Int32 = 0x80  // POSIX_SPAWN_SETSID
    posix_spawnattr_setflags(&attributes, Int16(newSession | Int32(POSIX_SPAWN_SETSIGMASK)))
    let words = ["/usr/bin/env", "-C", home.path, TenantProgram.path] + arguments
    let variables = [
      "PATH=/usr/bin:/bin", "LANG=C.UTF-8", "TZ=UTC", "HOME=\(home.folder)/user",
      "XDG_CONFIG_HOME=\(home.folder)/user/.config", "SWIFT_BACKTRACE=enable=no",
    ]
    let argv = words.map { strdup($0) } + [nil]
    let envp = variables.map { strdup($0) } + [nil]
    defer { for text in argv + envp { free(text) } }
    var process: pid_t = 0
    let code = posix_spawn(&process, words[0], &actions, &attributes, argv, envp)
    guard code == 0 else { throw ProgramFailure(description: "cannot run tenant: \(String(cString: strerror(code)))") }
    return process
  }

  /// Waits until `text` stands on the terminal behind what was waited for before.
  func expect(_ text: String) throws {
    let wanted = Array(text.utf8)
    while true {
      if let end = Self.end(of: wanted, in: unseen) {
        unseen.removeFirst(end)
        return
      }
      guard try readMore() else {
        throw ProgramFailure(description: "'\(text)' did not come; the terminal has: \(outputText)")
      }
    }
  }

  /// Types.
  func send(_ text: String) throws {
    let bytes = Array(text.utf8)
    guard write(terminal, bytes, bytes.count) == bytes.count else { throw FileFailure("write to", "the terminal") }
  }

  /// Whether the terminal shows what is typed.
  var isEchoing: Bool {
    var settings = termios()
    return tcgetattr(terminal, &settings) == 0 && settings.c_lflag & tcflag_t(ECHO) != 0
  }

  private func waitForEnd() throws -> Int32 {
    while try readMore() {}
    var status: Int32 = 0
    while waitpid(process, &status, WNOHANG) != process {
      try checkTime()
      usleep(2000)
    }
    hasEnded = true
    let signal = status & 0x7f
    return signal == 0 ? (status >> 8) & 0xff : 128 + signal
  }

  /// - Returns: false when the program's end of the terminal is closed.
  private func readMore() throws -> Bool {
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      try checkTime()
      var source = pollfd(fd: terminal, events: Int16(POLLIN), revents: 0)
      guard poll(&source, 1, 100) > 0 else { continue }
      let count = Glibc.read(terminal, &buffer, buffer.count)
      if count < 0, errno == EINTR || errno == EAGAIN { continue }
      guard count > 0 else { return false }
      unseen += buffer[..<count]
      output += buffer[..<count]
      return true
    }
  }

  private func checkTime() throws {
    guard ContinuousClock.now < deadline else {
      throw ProgramFailure(description: "the program did not go on; the terminal has: \(outputText)")
    }
  }

  private static func end(of wanted: [UInt8], in bytes: [UInt8]) -> Int? {
    guard bytes.count >= wanted.count else { return nil }
    for start in 0...(bytes.count - wanted.count) where bytes[start...].starts(with: wanted) {
      return start + wanted.count
    }
    return nil
  }
}
