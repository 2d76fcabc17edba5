import Expressions
import FlowEngine
import FlowModel
import MIME
import TenantBase
import Transport

extension MailReceiverSettings {
  /// Reads the properties of section "Mail receiver channel" of SAP's adapter, and ours that begin with `tenant.`.
  ///
  /// - Throws: `FlowFailure` of class configuration, with the property's name in SAP's editor and the place in the file.
  package init(_ channel: Channel) throws(FlowFailure) {
    let reader = ChannelReader(channel: channel)
    try Self.refuseWhatCannotRun(reader)
    channelName = channel.name
    server = try Self.server(reader)
    let milliseconds = try reader.number("timeout", "Timeout", default: 30_000, range: 1...299_999)
    connectTimeout = .milliseconds(milliseconds)
    protection = try reader.choice("ssl", "Protection", default: .startTLSMandatory)
    authentication = try reader.choice("auth", "Authentication", default: Authentication.none)
    credentialName = authentication == .none ? nil : reader.text("user")
    allowsPlaintextPassword = try reader.flag("tenant.allowPlaintextPassword", "tenant.allowPlaintextPassword")
    tls = try MailTLSSettings(reader)

    from = try reader.template("from", "From")
    to = try reader.template("to", "To")
    cc = try reader.template("cc", "Cc")
    bcc = try reader.template("bcc", "Bcc")
    subject = try reader.template("subject", "Subject")
    body = try reader.template("body", "Mail Body", default: "${in.body}")
    bodyMediaType = try reader.template("content_type", "Body MIME Type", default: "text/plain")
    bodyCharset = try reader.reading("Body Encoding") { () throws(MIMEError) -> MailCharset in
      try MailCharset(name: reader.text("content_encoding") ?? "UTF-8", field: "Body Encoding")
    }
    let encodingName = reader.text("attachmentTransferEncoding") ?? "auto"
    guard let encoding = TransferEncodingRequest(name: encodingName) else {
      let allowed = TransferEncodingRequest.allCases.map(\.rawValue).joined(separator: ", ")
      throw reader.failure(
        "Content Transfer Encoding", "'\(PrintableText.escaping(encodingName))' is not one of \(allowed)")
    }
    transferEncoding = encoding
    attachments = try Self.attachmentRows(reader)
    addsMessageAttachments = try reader.flag("keep_attachments", "Add Message Attachments")

    if authentication != .none, credentialName == nil {
      throw reader.failure("Credential Name", "it is empty, and Authentication is \(authentication.rawValue)")
    }
    if authentication == .loginPlain, protection == .off, !allowsPlaintextPassword {
      throw reader.failure(
        "Authentication", "Plain User Name/Password with Protection off would send the password readable",
        hints: [
          "set Protection to starttls_mandatory or smtps, or Authentication to loginEncrypted; "
            + "to send it readable all the same, set tenant.allowPlaintextPassword=true for the channel in NAME.tenant.prop"
        ])
    }
  }

  private static func refuseWhatCannotRun(_ reader: ChannelReader) throws(FlowFailure) {
    let proxy = reader.text("proxyType") ?? "none"
    if !["none", "internet"].contains(proxy.lowercased()) {
      throw unsupported(reader, "Proxy Type '\(PrintableText.escaping(proxy))' cannot run here; connect directly (none)")
    }
    if reader.text("auth") == "oauth" {
      throw unsupported(reader, "Authentication OAuth2 cannot run yet")
    }
    let protection = reader.text("encrypt.type") ?? "none"
    if protection.lowercased() != "none" {
      throw unsupported(reader, "S/MIME ('\(PrintableText.escaping(protection))') cannot run yet")
    }
  }

  private static func unsupported(_ reader: ChannelReader, _ problem: String) -> FlowFailure {
    FlowFailure(
      .unsupported, class: .configuration,
      Explanation("\(reader.channel.title): \(problem)", places: [reader.channel.place.description]))
  }

  private static func server(_ reader: ChannelReader) throws(FlowFailure) -> ServerAddress {
    guard let text = reader.text("server") else { throw reader.failure("Address", "it is empty") }
    guard let address = ServerAddress(text, defaultPort: 25) else {
      throw reader.failure("Address", "'\(PrintableText.escaping(text))' is not host or host:port")
    }
    return address
  }

  private static func attachmentRows(_ reader: ChannelReader) throws(FlowFailure) -> [AttachmentRow] {
    var rows: [AttachmentRow] = []
    for row in try reader.table("attachments", "Attachments") {
      let label = "Attachments"
      let sourceName = ChannelReader.trimmed(row["attachment.source"] ?? "Body")
      let value = ChannelReader.trimmed(row["attachment.value"] ?? "")
      let source: AttachmentRow.Source
      switch sourceName.lowercased() {
      case "body", "": source = .body
      case "header":
        guard !value.isEmpty else { throw reader.failure(label, "a row with source Header names no header") }
        source = .header(value)
      default: throw reader.failure(label, "source '\(PrintableText.escaping(sourceName))' is not one of Body, Header")
      }
      let typeName = ChannelReader.trimmed(row["attachment.type"] ?? "")
      let mediaType = try reader.reading(label) { () throws(MIMEError) -> MediaType in
        typeName.isEmpty ? .octetStream : try MediaType.parsing(typeName, field: label)
      }
      let name: ExpressionTemplate
      do throws(ExpressionError) { name = try ExpressionTemplate(row["attachment.name"] ?? "") } catch {
        throw reader.failure(label, error.explanation.summary, cause: error.explanation.cause)
      }
      rows.append(AttachmentRow(name: name, mediaType: mediaType, source: source))
    }
    return rows
  }
}

extension MailTLSSettings {
  init(_ reader: ChannelReader) throws(FlowFailure) {
    self.init()
    trust = try reader.choice("tenant.tls.trust", "tenant.tls.trust", default: Trust.systemAndKeystore)
    minimumVersion = try Self.version(reader, "tenant.tls.minimumVersion") ?? .tls12
    maximumVersion = try Self.version(reader, "tenant.tls.maximumVersion")
    if let maximumVersion, maximumVersion < minimumVersion {
      throw reader.failure(
        "tenant.tls.maximumVersion", "\(maximumVersion.text) is below the minimum, \(minimumVersion.text)")
    }
    for pin in (reader.text("tenant.tls.pins") ?? "").split(separator: ",") {
      guard let bytes = Self.fingerprint(pin) else {
        throw reader.failure(
          "tenant.tls.pins", "'\(PrintableText.escaping(String(pin)))' is not a SHA-256 fingerprint (64 hexadecimal digits)")
      }
      pins.insert(bytes)
    }
  }

  private static func version(_ reader: ChannelReader, _ key: String) throws(FlowFailure) -> TLSVersion? {
    guard let text = reader.text(key) else { return nil }
    switch text {
    case "1.0": return .tls10
    case "1.1": return .tls11
    case "1.2": return .tls12
    case "1.3": return .tls13
    default: throw reader.failure(key, "'\(PrintableText.escaping(text))' is not one of 1.0, 1.1, 1.2, 1.3")
    }
  }

  /// 64 hexadecimal digits, with or without colons and blanks between.
  private static func fingerprint(_ text: Substring) -> [UInt8]? {
    let digits = text.filter { $0 != ":" && $0 != " " }.utf8.map { $0 }
    guard digits.count == 64 else { return nil }
    var bytes: [UInt8] = []
    for index in stride(from: 0, to: 64, by: 2) {
      guard let byte = UInt8(digits[index...index + 1].utf8Text, radix: 16) else { return nil }
      bytes.append(byte)
    }
    return bytes
  }
}
