import System
import TenantBase

/// The folder of one tenant: its artifacts, flows, keystore and data.
package struct TenantHome: Sendable, Equatable {
  /// As a person would write it; relative paths stay relative.
  package let path: String

  package init(path: String) { self.path = path }

  /// `--home`, else `TENANT_HOME`, else the current folder.
  package static func locate(option: String?) -> TenantHome {
    if let option { return TenantHome(path: option) }
    if let variable = Surroundings.variable("TENANT_HOME"), !variable.isEmpty { return TenantHome(path: variable) }
    return TenantHome(path: ".")
  }

  package var artifactsFolder: String { inside("artifacts") }
  package var flowsFolder: String { inside("iflows") }
  package var keystoreFolder: String { inside("keystore") }
  package var dataFolder: String { inside("data") }
  /// Large bodies on their way.
  package var spoolFolder: String { inside("data/spool") }

  /// From the root on, without a slash at the end: for messages that are read later, or elsewhere.
  package var fullPath: String {
    guard path != "." else { return Surroundings.currentFolder }
    var full = FilePath.join(Surroundings.currentFolder, path)
    while full.count > 1, full.hasSuffix("/") { full.removeLast() }
    return full
  }

  /// A path inside the home, written short: `keystore` in the current folder, `/srv/mail/keystore` elsewhere.
  package func inside(_ name: String) -> String { path == "." ? name : FilePath.join(path, name) }

  /// The option to repeat in a hint, so that the command given there works: ` --home /srv/mail`, or nothing.
  package var hintOption: String { path == "." ? "" : " --home \(ShellText.quoted(path))" }
}
