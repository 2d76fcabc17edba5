import ArgumentParsing
import Keystore
import System
import TenantBase
import TenantRuntime

/// `tenant keystore add-key`: one more way to open the keystore.
struct KeystoreAddKey: Command {
  static let syntax = CommandSyntax(
    "keystore add-key", summary: "adds one more key that opens the keystore",
    options: NewKey.options(passphrase: "adds a passphrase, asked for twice") + [
      OptionSyntax("--key-file", .value("FILE"), help: "a key file, used as it is or made"),
      OptionSyntax(
        "--systemd-credential",
        help: "the credential 'tenant-keystore-key' of the service, with the content of --key-file"),
    ],
    example: "tenant keystore add-key --passphrase",
    details: """
      Every key opens the keystore by itself; the ones it has stay valid. Key files and credentials are tried first, a
      passphrase is asked for last and on a terminal only.
      """)

  private let key: NewKey

  init(arguments: ParsedArguments) throws(UsageError) {
    key = try NewKey(arguments, of: Self.self)
    guard !key.isDefault else {
      throw Self.usageError("which key: --passphrase, --key-file FILE, or --systemd-credential --key-file FILE")
    }
  }

  func run(in context: CommandContext) async throws -> ExitCode {
    let home = context.home
    let vault = try TenantKeystore.open(home: home)
    key.warnOfFile(inside: home, context.console)
    let slot = try key.slot()
    let added: Vault.AddedSlot
    do throws(KeystoreError) { added = try vault.addSlot(slot) } catch { throw TenantKeystoreError(error, home: home) }
    context.console.print(text(of: added, in: vault))
    return .done
  }

  private func text(of added: Vault.AddedSlot, in vault: Vault) -> String {
    let id = added.slot.id
    switch added.slot.method {
    case .passphrase: return "Added the key \(id): the passphrase opens the keystore\n"
    case .keyFile:
      let made = added.createdFile == nil ? "" : ", made now (mode 0600)"
      return "Added the key \(id): the key file \(KeySlotText.place(of: added.slot, in: vault))\(made)\n"
    case .systemdCredential(let name):
      let file = ShellText.quoted(PrintableText.escaping(key.filePath ?? "FILE"))
      return """
        Added the key \(id): the systemd credential \(name)
          in the service's unit:  LoadCredential=\(name):\(file)
          or encrypted for this machine:  systemd-creds encrypt --name=\(name) \(file) /etc/credstore.encrypted/\(name)

        """
    }
  }
}
