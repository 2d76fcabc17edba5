import FlowEngine
import FlowModel
import TenantBase

/// The properties of a mail receiver channel (SMTP), read into types.
///
/// Fields that may hold `${...}` are templates, evaluated for each exchange; the others are fixed for the channel.
/// Unknown keys of SAP's are ignored, absent keys take SAP's documented default; unknown keys of ours are refused.
package struct MailReceiverSettings: Sendable {
  package let channelName: String
  package let connection: MailConnectionSettings
  package let envelope: MailEnvelopeSettings
  package let fields: MailFieldSettings
  package let content: MailContentSettings
  /// Nil for a channel that keeps no copies of what it sends.
  package let sentCopy: SentCopySettings?

  /// What reading a channel gave.
  struct Reading {
    /// Nil when there is an error among the findings, or a parameter without value.
    let settings: MailReceiverSettings?
    /// There whenever the server is known, so that its weaknesses can be told beside other errors.
    let connection: MailConnectionSettings?
    let findings: [Finding]
  }

  static func read(_ channel: Channel) -> Reading {
    var reader = ChannelReader(channel)
    let connection = MailConnectionSettings(&reader)
    let fields = MailFieldSettings(&reader)
    let content = MailContentSettings(&reader)
    let envelope = MailEnvelopeSettings(&reader)
    let sentCopy = SentCopySettings.read(&reader, connection)
    reader.refuseUnknownKeys(
      known: PropertyKey.ownReceiverKeys, prefixes: [PropertyKey.headerPrefix, PropertyKey.inlinePrefix])
    var settings: MailReceiverSettings?
    if reader.isComplete, let connection {
      settings = MailReceiverSettings(
        channelName: channel.name, connection: connection, envelope: envelope, fields: fields, content: content,
        sentCopy: sentCopy)
    }
    return Reading(settings: settings, connection: connection, findings: reader.findings)
  }

  private init(
    channelName: String, connection: MailConnectionSettings, envelope: MailEnvelopeSettings, fields: MailFieldSettings,
    content: MailContentSettings, sentCopy: SentCopySettings?
  ) {
    self.channelName = channelName
    self.connection = connection
    self.envelope = envelope
    self.fields = fields
    self.content = content
    self.sentCopy = sentCopy
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
}
