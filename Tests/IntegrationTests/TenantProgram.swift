import Glibc
import Synchronization

/// A folder of one test with a tenant home in it, and a person's home folder for key files.
///
/// It lies below TENANT_TEST_TMP and then stays until its owner has searched it for secrets; without that variable it is
/// removed when the test lets it go.
final class TenantHome: Sendable {
  /// Holds everything of this test.
  let folder: String
  /// The tenant home, the current folder of `tenant`.
  let path: String
  private let runs = Mutex(0)

  init() throws {
    folder = try TestFiles.makeTemporaryFolder("home")
    path = folder + "/tenant"
    for part in ["tenant", "user", "user/.config", "tmp", "runs"] { try TestFiles.makeFolder("\(folder)/\(part)") }
  }

  /// Writes a file below the tenant home, or anywhere when the path is absolute, and returns its path.
  ///
  /// A file that holds a password on purpose is named `*.password`: the search for leaked secrets passes it over.
  @discardableResult
  func write(_ text: String, to name: String) throws -> String {
    let target = name.hasPrefix("/") ? name : "\(path)/\(name)"
    try TestFiles.write(Array(text.utf8), to: target)
    return target
  }

  /// Runs the built `tenant` in this home and waits for its end.
  ///
  /// The environment holds only what is given here: HOME and XDG_CONFIG_HOME of this test, and `environment` over it.
  func run(
    _ arguments: [String], input: [UInt8] = [], environment: [String: String] = [:],
    within timeLimit: Duration = .seconds(60)
  ) async throws -> ProgramResult {
    var variables = [
      "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "TZ": "UTC", "TMPDIR": folder + "/tmp",
      "HOME": folder + "/user", "XDG_CONFIG_HOME": folder + "/user/.config",
      // The crash reporter can keep the pipes of a crashed program open.
      "SWIFT_BACKTRACE": "enable=no",
    ]
    variables.merge(environment) { _, given in given }
    let result = try await ChildProcess(
      path: TenantProgram.path, arguments: arguments, environment: variables, folder: path, input: input,
      timeLimit: timeLimit
    ).run()
    try keep(result, arguments, variables)
    return result
  }

  /// Keeps what a run was given and said, so that the search for secrets sees that too.
  private func keep(_ result: ProgramResult, _ arguments: [String], _ variables: [String: String]) throws {
    guard TestFiles.isKeptForOwner else { return }
    let number = runs.withLock { runs in
      runs += 1
      return runs
    }
    let given = arguments + variables.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    let head = given.joined(separator: "\n") + "\nexit code \(result.exitCode)\n"
    try TestFiles.write(Array(head.utf8) + result.output + result.errors, to: "\(folder)/runs/\(number)")
  }

  deinit {
    if !TestFiles.isKeptForOwner { TestFiles.removeAll(folder) }
  }
}

/// The program under test.
enum TenantProgram {
  /// TENANT_BINARY, else the debug build of this checkout.
  static let path = TestFiles.environment("TENANT_BINARY") ?? TestFiles.packageRoot + "/.build/debug/tenant"
}
