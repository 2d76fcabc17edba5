import ArgumentParsing
import Keystore
import TenantBase
import TenantRuntime

/// `tenant keystore remove-key ID...`: keys that open the keystore no more.
struct KeystoreRemoveKey: Command {
  static let syntax = CommandSyntax(
    "keystore remove-key", summary: "removes keys: they open nothing any more",
    arguments: [ArgumentSyntax("ID", .oneOrMore, help: "a key's id, as 'keystore list' shows it")],
    example: "tenant keystore remove-key 5f3c09aa",
    details: """
      The keystore gets a new master key and is encrypted again, its last good copy too. Every key that stays must be at
      hand for that: key files in their places, passphrases on the terminal.
      """)

  private let ids: Set<String>

  init(arguments: ParsedArguments) throws(UsageError) { ids = Set(arguments.positionals) }

  func run(in context: CommandContext) async throws -> ExitCode {
    let rekeying = try Rekeying(context)
    let removed = rekeying.vault.slots.filter { ids.contains($0.id) }
    try rekeying.rotate(removing: ids)
    var text = ""
    for slot in removed {
      text += "Removed the key \(slot.id) (\(slot.method.title)); it opens nothing any more\n"
      if case .keyFile = slot.method {
        text += "  its file can go:  \(KeySlotText.place(of: slot, in: rekeying.vault))\n"
      }
    }
    context.console.print(text)
    return .done
  }
}

/// A keystore that is to get a new master key.
struct Rekeying {
  let vault: Vault
  private let home: TenantHome
  private let keys: KeySources

  init(_ context: CommandContext) throws {
    home = context.home
    keys = TerminalKeys.sources(home: home)
    vault = try TenantKeystore.open(home: home, keys: keys)
  }

  func rotate(removing removed: Set<String> = [], adding added: NewKeySlot? = nil) throws {
    do throws(KeystoreError) {
      try vault.rotate(keys: keys, removing: removed, adding: added)
    } catch {
      throw TenantKeystoreError(error, home: home)
    }
  }
}
