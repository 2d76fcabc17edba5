import Dispatch
import Glibc

/// What a finished program left.
struct ProgramResult: Sendable {
  /// The exit code; 128 plus the signal's number when a signal ended the program.
  let exitCode: Int32
  let output: [UInt8]
  let errors: [UInt8]

  var outputText: String { String(decoding: output, as: UTF8.self) }
  var errorText: String { String(decoding: errors, as: UTF8.self) }
}

/// A program could not be run to its end.
struct ProgramFailure: Error, CustomStringConvertible {
  let description: String
}

/// A program run to its end, with its own standard streams and process group.
struct ChildProcess: Sendable {
  let path: String
  var arguments: [String] = []
  /// The whole environment; nothing is inherited.
  var environment: [String: String] = [:]
  var folder: String?
  var input: [UInt8] = []
  /// When it has passed, the program's process group is killed and `run` throws.
  var timeLimit: Duration = .seconds(30)

  /// Runs the program on a thread of its own kind, so that waiting blocks no other test.
  func run() async throws -> ProgramResult {
    try await BlockingWork.run { try runBlocking() }
  }

  /// The same for callers that are not asynchronous.
  func runBlocking() throws -> ProgramResult {
    // A program that ends without reading its input must not end the tests.
    signal(SIGPIPE, SIG_IGN)
    let deadline = ContinuousClock.now + timeLimit
    let (process, streams) = try start()
    var exchange = Exchange(input: input, streams: streams)
    while true {
      let isOpen = exchange.step()
      if let exitCode = exitCode(of: process) {
        exchange.drain()
        return ProgramResult(exitCode: exitCode, output: exchange.output, errors: exchange.errors)
      }
      if !isOpen { usleep(2000) }
      if ContinuousClock.now >= deadline {
        kill(-process, SIGKILL)
        waitpid(process, nil, 0)
        exchange.drain()
        let told = String(decoding: exchange.output + exchange.errors, as: UTF8.self)
        throw ProgramFailure(description: "'\(path)' did not end within \(timeLimit); it had said: \(told)")
      }
    }
  }

  /// Starts the program; returns its number and the test's ends of its streams.
  private func start() throws -> (pid_t, Streams) {
    let streams: Streams
    let process: pid_t
    do {
      // One at a time: a program started between the making of a pipe and its marking would inherit the pipe.
      spawning.wait()
      defer { spawning.signal() }
      streams = try Streams(input: Pipe(), output: Pipe(), errors: Pipe())
      process = try spawn(streams)
    }
    streams.input.closeReadEnd()
    streams.output.closeWriteEnd()
    streams.errors.closeWriteEnd()
    return (process, streams)
  }

  private func exitCode(of process: pid_t) -> Int32? {
    var status: Int32 = 0
    guard waitpid(process, &status, WNOHANG) == process else { return nil }
    let signal = status & 0x7f
    return signal == 0 ? (status >> 8) & 0xff : 128 + signal
  }

  private func spawn(_ streams: Streams) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, streams.input.readEnd, STDIN_FILENO)
    posix_spawn_file_actions_adddup2(&actions, streams.output.writeEnd, STDOUT_FILENO)
    posix_spawn_file_actions_adddup2(&actions, streams.errors.writeEnd, STDERR_FILENO)

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigaddset(&signals, SIGPIPE)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    // A session of its own, thus a process group too and no terminal: a program that asks must not ask whoever runs the
    // tests. The flag's name is hidden behind the same macro.
    let newSession: Int32 = 0x80
    let flags = newSession | Int32(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK)
    posix_spawnattr_setflags(&attributes, Int16(flags))

    // glibc's own way to set the folder is hidden behind a feature macro that module Glibc does not set.
    let command = (folder.map { ["/usr/bin/env", "-C", $0] } ?? []) + [path] + arguments
    let words = command.map { strdup($0) } + [nil]
    let variables = environment.sorted { $0.key < $1.key }.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for text in words + variables { free(text) } }
    var process: pid_t = 0
    let code = posix_spawn(&process, command[0], &actions, &attributes, words, variables)
    guard code == 0 else {
      throw ProgramFailure(description: "cannot run '\(path)': \(String(cString: strerror(code)))")
    }
    return process
  }
}

private let spawning = DispatchSemaphore(value: 1)

/// The pipes to a program's standard streams.
private struct Streams {
  let input: Pipe
  let output: Pipe
  let errors: Pipe
}

/// A pipe whose ends no other program inherits; both ends are closed at the latest when it is let go.
private final class Pipe {
  private(set) var readEnd: Int32 = -1
  private(set) var writeEnd: Int32 = -1

  init() throws {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else {
      throw ProgramFailure(description: "cannot make a pipe: \(String(cString: strerror(errno)))")
    }
    (readEnd, writeEnd) = (ends[0], ends[1])
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
  }

  func closeReadEnd() {
    if readEnd >= 0 { close(readEnd) }
    readEnd = -1
  }

  func closeWriteEnd() {
    if writeEnd >= 0 { close(writeEnd) }
    writeEnd = -1
  }

  deinit {
    closeReadEnd()
    closeWriteEnd()
  }
}

/// The bytes on their way between the test and the program.
private struct Exchange {
  var pending: ArraySlice<UInt8>
  var output: [UInt8] = []
  var errors: [UInt8] = []
  let streams: Streams

  init(input: [UInt8], streams: Streams) {
    self.pending = input[...]
    self.streams = streams
    for end in [streams.input.writeEnd, streams.output.readEnd, streams.errors.readEnd] {
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    if input.isEmpty { streams.input.closeWriteEnd() }
  }

  /// Waits up to 20 ms and moves what can be moved; false when both of the program's streams have ended.
  mutating func step() -> Bool {
    // A closed stream has number -1, which poll passes over.
    var waiting = [
      pollfd(fd: streams.input.writeEnd, events: Int16(POLLOUT), revents: 0),
      pollfd(fd: streams.output.readEnd, events: Int16(POLLIN), revents: 0),
      pollfd(fd: streams.errors.readEnd, events: Int16(POLLIN), revents: 0),
    ]
    poll(&waiting, 3, 20)
    if waiting[0].revents != 0 { writePending() }
    Self.read(from: streams.output, into: &output)
    Self.read(from: streams.errors, into: &errors)
    return streams.output.readEnd >= 0 || streams.errors.readEnd >= 0
  }

  /// Takes what is still in the pipes after the program's end.
  mutating func drain() {
    Self.read(from: streams.output, into: &output)
    Self.read(from: streams.errors, into: &errors)
  }

  private mutating func writePending() {
    let count = pending.withUnsafeBytes { write(streams.input.writeEnd, $0.baseAddress, $0.count) }
    if count > 0 { pending = pending.dropFirst(count) }
    if pending.isEmpty || (count < 0 && errno != EAGAIN && errno != EINTR) { streams.input.closeWriteEnd() }
  }

  private static func read(from pipe: Pipe, into bytes: inout [UInt8]) {
    var buffer = [UInt8](repeating: 0, count: 65536)
    while pipe.readEnd >= 0 {
      let count = Glibc.read(pipe.readEnd, &buffer, buffer.count)
      if count > 0 {
        bytes += buffer[..<count]
      } else if count == 0 {
        pipe.closeReadEnd()
      } else {
        return
      }
    }
  }
}
