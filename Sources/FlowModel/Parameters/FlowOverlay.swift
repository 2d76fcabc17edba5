import TenantBase

/// `NAME.tenant.prop` beside a flow: what is laid over it without editing it.
///
/// Java properties: `channel.<id or name>.<key>=value` and `parameter.<name>=value`. A name may hold dots and, escaped,
/// blanks; the longest id or name that fits counts.
package struct FlowOverlay: Sendable {
  package struct ParameterEntry: Sendable, Equatable {
    package let key: String
    package let value: String
    package let place: SourcePlace
  }

  package let file: String
  package let parameters: [ParameterEntry]
  /// The lines that begin with `channel.`, without that.
  let channelEntries: [JavaProperties.Entry]
  /// The lines that begin with neither.
  let strangeEntries: [JavaProperties.Entry]

  package init(_ properties: JavaProperties) {
    file = properties.file
    var parameters: [ParameterEntry] = []
    var channels: [JavaProperties.Entry] = []
    var strange: [JavaProperties.Entry] = []
    for entry in properties.entries {
      if let name = Self.rest(of: entry.key, after: "parameter.") {
        parameters.append(.init(key: name, value: entry.value, place: entry.place))
      } else if let name = Self.rest(of: entry.key, after: "channel.") {
        channels.append(.init(key: name, value: entry.value, place: entry.place))
      } else {
        strange.append(entry)
      }
    }
    self.parameters = parameters
    channelEntries = channels
    strangeEntries = strange
  }

  private static func rest(of key: String, after prefix: String) -> String? {
    key.hasPrefix(prefix) && key.count > prefix.count ? String(key.dropFirst(prefix.count)) : nil
  }

  /// What a line that begins with `channel.` speaks of.
  enum Target: Equatable {
    case channel(id: String, key: String)
    case unknown
    /// The name stands for several channels.
    case ambiguous(ids: [String])
  }

  /// - Parameter channels: id and name of every channel of the flow.
  static func target(of key: String, channels: [(id: String, name: String)]) -> Target {
    var best = 0
    var ids: [String] = []
    for channel in channels {
      for label in [channel.id, channel.name] where !label.isEmpty && key.hasPrefix(label + ".") {
        guard key.count > label.count + 1, label.count >= best else { continue }
        if label.count > best { ids = [] }
        best = label.count
        if !ids.contains(channel.id) { ids.append(channel.id) }
      }
    }
    switch ids.count {
    case 0: return .unknown
    case 1: return .channel(id: ids[0], key: String(key.dropFirst(best + 1)))
    default: return .ambiguous(ids: ids)
    }
  }
}
