import FlowEngine
import FlowModel
import TenantBase

/// The properties of a mail sender channel, read into types.
///
/// Everything is fixed for the channel: there is no message yet that an expression could look at. Unknown keys of SAP's
/// are ignored, absent keys take SAP's documented default; unknown keys of ours are refused.
package struct MailSenderSettings: Sendable {
  package enum Selection: String, Sendable, CaseIterable {
    case all, unread
  }

  package enum Order: String, Sendable, CaseIterable {
    case oldestFirst, newestFirst
  }

  /// The largest mail that is fetched where the channel says nothing, in bytes.
  package static let standardMaximumSize = 512 << 20

  package let channelName: String
  package let mailProtocol: MailSenderProtocol
  package let connection: MailboxConnectionSettings
  package let folder: String
  package let selection: Selection
  package let search: MailSearchSettings
  package let order: Order
  package let messagesPerPoll: Int
  package let lockTimeout: Duration
  package let postProcessing: MailPostProcessing
  /// Makes the archive folder when it is not there.
  package let createsFolder: Bool
  package let content: MailSenderContent
  /// Larger mails stay where they are.
  package let maximumSize: Int
  package let policy: SourcePolicy
  /// Ends the connection after each poll.
  package let disconnects: Bool
  /// Waits for new mail on the open connection, where the server can tell of it.
  package let waitsForMail: Bool
  /// Nil when the channel has none.
  package let schedule: Schedule?

  /// What reading a channel gave.
  struct Reading {
    /// Nil when there is an error among the findings, or a parameter without value.
    let settings: MailSenderSettings?
    let findings: [Finding]
  }

  static func read(_ channel: Channel) -> Reading {
    var reader = ChannelReader(channel)
    guard let mailProtocol = MailSenderProtocol(channel.type.transport) else {
      reader.report(
        .error, .wrong, .transportProtocol,
        "is wrong: '\(PrintableText.escaping(channel.type.transport))' is not one of IMAP, POP3")
      return Reading(settings: nil, findings: reader.findings)
    }
    let connection = MailboxConnectionSettings.read(&reader, mailProtocol)
    let settings = MailSenderSettings(&reader, mailProtocol, connection.settings)
    reader.refuseUnknownKeys(known: PropertyKey.ownSenderKeys, prefixes: [])
    let isComplete = reader.isComplete
    reader.warnOfMailbox(connection, mailProtocol)
    return Reading(settings: isComplete ? settings : nil, findings: reader.findings)
  }

  /// - Throws: `FlowFailure` of class configuration: the property's name in SAP's editor, the reason, the place in the file.
  package init(_ channel: Channel) throws(FlowFailure) {
    let reading = Self.read(channel)
    guard let settings = reading.settings else {
      throw FlowFailure(refusing: reading.findings)
        ?? FlowFailure(
          .invalidFlow, class: .configuration,
          Explanation("\(channel.title) has a parameter without value", places: [channel.place.description]))
    }
    self = settings
  }

  private init?(
    _ reader: inout ChannelReader, _ mailProtocol: MailSenderProtocol, _ connection: MailboxConnectionSettings?
  ) {
    channelName = reader.channel.name
    self.mailProtocol = mailProtocol
    folder = reader.fixedText(.folder) ?? "INBOX"
    selection = reader.choice(.selection, default: mailProtocol == .imap ? Selection.unread : .all)
    search = MailSearchSettings(&reader)
    order = reader.choice(.order, default: .oldestFirst)
    messagesPerPoll = reader.number(.maxMessages, default: 20, range: 1...100_000)
    lockTimeout = .seconds(60 * reader.number(.lockTimeout, default: 60, range: 1...100_000))
    postProcessing = MailPostProcessing.read(&reader, mailProtocol)
    createsFolder = reader.flag(.createFolder)
    content = MailSenderContent(&reader)
    maximumSize = reader.byteCount(.maximumSize) ?? Self.standardMaximumSize
    policy = SourcePolicy(
      maximumAttempts: reader.number(.maximumAttempts, default: SourcePolicy().maximumAttempts, range: 1...1_000),
      isAtMostOnce: reader.flag(.atMostOnce))
    disconnects = reader.flag(.disconnects, default: true)
    waitsForMail = reader.flag(.idle)
    let table = reader.channel.properties.property("scheduleKey")
    schedule = table.flatMap { try? Schedule(table: $0.value, place: $0.place) }
    guard let connection else { return nil }
    self.connection = connection
  }
}

/// How a mail becomes the message of a flow.
package struct MailSenderContent: Sendable, Equatable {
  package var removesAttachments = false
  package var includesOriginal = false
  package var decodesHeaders = true

  package init() {}

  init(_ reader: inout ChannelReader) {
    removesAttachments = reader.flag(.removesAttachments)
    includesOriginal = reader.flag(.includesOriginal)
    decodesHeaders = reader.flag(.decodesHeaders, default: true)
  }
}

extension ChannelReader {
  /// A yes or no that is yes where nothing is said.
  mutating func flag(_ key: PropertyKey, default standard: Bool) -> Bool {
    text(key) == nil ? standard : flag(key)
  }
}
