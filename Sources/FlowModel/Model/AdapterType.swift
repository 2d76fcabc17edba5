/// From where a channel is seen: SAP's words, from the flow's partner.
package enum ChannelDirection: String, Sendable, Hashable, CaseIterable {
  /// Brings messages into the flow.
  case sender = "Sender"
  /// Sends messages out of the flow.
  case receiver = "Receiver"
}

/// The kind of a channel: what an adapter registers for.
package struct AdapterType: Sendable, Hashable, CustomStringConvertible {
  /// `ComponentType`: `Mail`, `HTTPS`, `SFTP`.
  package let name: String
  package let direction: ChannelDirection
  /// `TransportProtocol`: `SMTP`, `IMAP`, `HTTP`; empty when the adapter has but one.
  package let transport: String

  package init(_ name: String, _ direction: ChannelDirection, transport: String = "") {
    self.name = name
    self.direction = direction
    self.transport = transport
  }

  /// `Mail receiver (SMTP)`.
  package var description: String {
    let hasTransport = !transport.isEmpty && transport != "Not Applicable" && transport != name
    return "\(name.isEmpty ? "unknown" : name) \(direction == .sender ? "sender" : "receiver")"
      + (hasTransport ? " (\(transport))" : "")
  }
}
