import CLinux
import Glibc

/// What the process knows about where it runs.
package enum Surroundings {
  /// An environment variable; nil when it is not set. Never for a secret.
  package static func variable(_ name: String) -> String? {
    guard let value = getenv(name) else { return nil }
    return String(cString: value)
  }

  /// The name of the user this process runs as, or `uid 1000` when the system has no name for it.
  package static var userName: String { account?.name ?? "uid \(geteuid())" }

  /// The user's home folder: `HOME`, else what the system's user list says.
  package static var homeFolder: String? {
    if let home = variable("HOME"), home.hasPrefix("/") { return home }
    return account?.home
  }

  /// Where a user's own configuration lies: `XDG_CONFIG_HOME`, else `~/.config`.
  package static var configurationFolder: String? {
    // The XDG specification: a relative path is to be ignored.
    if let folder = variable("XDG_CONFIG_HOME"), folder.hasPrefix("/") { return folder }
    return homeFolder.map { FilePath.join($0, ".config") }
  }

  /// Where the service manager puts this service's credentials (systemd.exec, LoadCredential=).
  package static var credentialsFolder: String? {
    guard let folder = variable("CREDENTIALS_DIRECTORY"), folder.hasPrefix("/") else { return nil }
    return folder
  }

  package static var currentFolder: String {
    guard let path = getcwd(nil, 0) else { return "." }
    defer { free(path) }
    return String(cString: path)
  }

  /// The machine's own name; `localhost` when it has none.
  package static var hostName: String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard gethostname(&buffer, buffer.count - 1) == 0 else { return "localhost" }
    let name = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return name.isEmpty ? "localhost" : name
  }

  package static var processIdentifier: Int32 { getpid() }
  package static var effectiveUser: UInt32 { geteuid() }

  private static var account: (name: String, home: String)? {
    var record = passwd()
    var found: UnsafeMutablePointer<passwd>?
    var buffer = [CChar](repeating: 0, count: 16_384)
    guard getpwuid_r(geteuid(), &record, &buffer, buffer.count, &found) == 0, found != nil,
      let name = record.pw_name, let home = record.pw_dir
    else { return nil }
    return (String(cString: name), String(cString: home))
  }
}
