import FlowModel
import TenantBase

/// Which flows of a home refer to which credentials.
package protocol FlowUsage: Sendable {
  /// For each Credential Name that a flow refers to, the names of those flows, sorted.
  ///
  /// A flow that cannot be read is left out: nothing is deployed or removed because of it.
  func flowsByCredential() -> [String: [String]]
}

/// For a home without flows, and for tests.
package struct NoFlowUsage: FlowUsage {
  package init() {}

  package func flowsByCredential() -> [String: [String]] { [:] }
}

/// What a flow needs beside itself.
package struct FlowNeeds: Sendable, Equatable {
  /// Credential Names, sorted.
  package let credentials: [String]
  /// Such as `Mail receiver (SMTP)`, sorted, each once.
  package let adapters: [String]

  package init(_ flow: IntegrationFlow) {
    var names: Set<String> = []
    for channel in flow.channels { names.formUnion(Self.credentials(of: channel)) }
    for element in flow.allElements { names.formUnion(Self.references(in: element.properties)) }
    credentials = names.sorted()
    adapters = Set(flow.channels.map(\.type.description)).sorted()
  }

  private static func credentials(of channel: Channel) -> [String] {
    // Where a mail channel says how it logs in, only the credential of that login counts.
    guard channel.type.name == "Mail", channel.properties["auth"] != nil else {
      return references(in: channel.properties)
    }
    return MailLoginNeed.all(of: channel).map(\.credentialName)
  }

  private static func references(in properties: FlowProperties) -> [String] {
    properties.all.filter { isReference($0.key) && !$0.value.isEmpty }.map(\.value)
  }

  /// Adapters say `credentialName`, `credential_name` and the like; the CORS key is none of them.
  private static func isReference(_ key: String) -> Bool {
    let key = key.lowercased()
    return key == "user" || key.contains("credential") && key != "accesscontrolallowcredentials"
  }
}

/// The credential that a mail channel logs in with.
struct MailLoginNeed {
  let credentialName: String
  /// The property that names it.
  let place: SourcePlace
  /// `oauth` wants an OAuth2 credential, every other login User Credentials.
  let isOAuth2: Bool
  /// The property that names the server it is sent to.
  var serverKey = "server"

  /// Those of the channel itself, and of the mailbox where it keeps copies of what it sends.
  static func all(of channel: Channel) -> [MailLoginNeed] {
    let own = MailLoginNeed(channel)
    let copies = MailLoginNeed(ofCopiesBy: channel, credentialName: own?.credentialName)
    return [own, copies].compactMap { $0 }
  }

  /// - Parameter credentialName: the channel's own, where the copies name none.
  private init?(ofCopiesBy channel: Channel, credentialName: String?) {
    let (server, credential) = ("tenant.sentCopy.server", "tenant.sentCopy.credential")
    let named = channel.properties.text(credential).trimmingBlanks
    guard !channel.properties.text(server).isEmpty, let name = named.isEmpty ? credentialName : named else {
      return nil
    }
    self.credentialName = name
    place = channel.properties.place(of: named.isEmpty ? server : credential)
    isOAuth2 = false
    serverKey = server
  }

  /// nil when nobody logs in, or no credential is named.
  init?(_ channel: Channel) {
    func text(_ key: String) -> String { channel.properties.text(key).filter { !$0.isNewline }.trimmingBlanks }
    let standard = channel.type.direction == .sender ? "loginPlain" : "none"
    let authentication = text("auth").isEmpty ? standard : text("auth")
    guard authentication.lowercased() != "none" else { return nil }
    isOAuth2 = authentication.lowercased() == "oauth"
    let key = isOAuth2 ? "tokenCredential" : "user"
    credentialName = text(key)
    place = channel.properties.place(of: key)
    guard !credentialName.isEmpty else { return nil }
  }
}

extension String {
  /// Without blanks and tabs at both ends.
  fileprivate var trimmingBlanks: String {
    var text = Substring(self)
    while text.first == " " || text.first == "\t" { text.removeFirst() }
    while text.last == " " || text.last == "\t" { text.removeLast() }
    return String(text)
  }
}
