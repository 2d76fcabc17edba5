import Artifacts
import FlowEngine
import Keystore
import MessageStore
import TenantBase

/// Takes deployed artifacts out of the keystore, all or none.
package struct ArtifactRemoval {
  package let entries: [KeystoreEntry]
  private let vault: Vault
  private let home: TenantHome

  /// - Throws: when one of the names is not deployed.
  package init(names: [String], vault: Vault, home: TenantHome) throws {
    self.vault = vault
    self.home = home
    var entries: [KeystoreEntry] = []
    for name in names {
      guard let entry = try vault.artifact(named: name) else { throw Self.unknown(name, in: vault, home) }
      if !entries.contains(entry) { entries.append(entry) }
    }
    self.entries = entries
  }

  static func unknown(_ name: String, in vault: Vault, _ home: TenantHome) -> HomeError {
    let credentials = ((try? vault.entries()) ?? []).filter { $0.artifact != nil }.map(\.alias.text)
    let flows = (try? TenantDatabase.openIfPresent(in: home.dataFolder)?.deployedFlows())?.map(\.name) ?? []
    let known = (credentials + flows).map { PrintableText.escaping($0, limit: 200) }
    return HomeError(
      .configuration,
      Explanation(
        "'\(PrintableText.escaping(name, limit: 200))' is not deployed",
        cause: known.isEmpty ? "nothing is deployed" : "deployed are: \(known.prefix(20).joined(separator: ", "))",
        hints: ["see all: tenant\(home.hintOption) list-artifacts"]))
  }

  /// - Throws: when flows use one of them and that is not allowed; nothing is removed then.
  package func remove(evenIfUsed: Bool, usage: any FlowUsage) throws {
    if !evenIfUsed { try refuseUsed(usage.flowsByCredential()) }
    do throws(KeystoreError) {
      try vault.change { (change) throws(KeystoreError) in
        for entry in entries { change.undeploy(entry.alias) }
      }
    } catch {
      throw TenantKeystoreError(error, home: home)
    }
  }

  private func refuseUsed(_ flowsByCredential: [String: [String]]) throws {
    for entry in entries {
      guard let flows = flowsByCredential[entry.alias.text], !flows.isEmpty else { continue }
      let name = PrintableText.escaping(entry.alias.text)
      throw HomeError(
        .configuration,
        Explanation(
          "cannot undeploy '\(name)': \(flows.count == 1 ? "a flow uses it" : "\(flows.count) flows use it")",
          places: flows.prefix(20).map { "flow '\(PrintableText.escaping($0))'" },
          hints: [
            "remove it nevertheless: tenant\(home.hintOption) undeploy-artifact \(ShellText.quoted(name)) --force"
          ]))
    }
  }
}
