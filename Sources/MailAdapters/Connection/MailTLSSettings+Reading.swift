import FlowModel
import TenantBase
import Transport

extension MailTLSSettings {
  init(_ reader: inout ChannelReader) {
    self.init()
    trust = reader.choice(.tlsTrust, default: Trust.systemAndKeystore)
    minimumVersion = Self.version(&reader, .tlsMinimumVersion) ?? .tls12
    maximumVersion = Self.version(&reader, .tlsMaximumVersion)
    if let maximumVersion, maximumVersion < minimumVersion {
      reader.report(
        .error, .wrong, .tlsMaximumVersion,
        "is wrong: \(maximumVersion.text) is below the minimum, \(minimumVersion.text)")
    }
    for pin in (reader.fixedText(.tlsPins) ?? "").split(separator: ",") {
      guard let bytes = Self.fingerprint(pin) else {
        reader.report(
          .error, .wrong, .tlsPins,
          "is wrong: '\(PrintableText.escaping(BlankText.trimmed(pin)))' is not a SHA-256 fingerprint (64 hexadecimal digits)"
        )
        continue
      }
      pins.insert(bytes)
    }
  }

  private static func version(_ reader: inout ChannelReader, _ key: PropertyKey) -> TLSVersion? {
    guard let text = reader.fixedText(key) else { return nil }
    let match = TLSVersion.allCases.first { $0.text == "TLS \(text)" }
    if match == nil { reader.refuse(text, key, allowed: ["1.0", "1.1", "1.2", "1.3"]) }
    return match
  }

  /// 64 hexadecimal digits, with or without colons and blanks between; nil for anything else.
  private static func fingerprint(_ text: Substring) -> [UInt8]? {
    let digits = text.filter { $0 != ":" && !$0.isWhitespace }
      .map { $0.isASCII ? $0.hexDigitValue.flatMap(UInt8.init(exactly:)) : nil }
    guard digits.count == 64 else { return nil }
    var bytes: [UInt8] = []
    for index in stride(from: 0, to: 64, by: 2) {
      guard let high = digits[index], let low = digits[index + 1] else { return nil }
      bytes.append(high << 4 | low)
    }
    return bytes
  }
}
