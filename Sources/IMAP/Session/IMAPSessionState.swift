import TenantBase

/// What is known of the session and its open folder, kept up to date by everything the server says at any time.
struct IMAPSessionState: Sendable, Equatable {
  var capabilities: IMAPCapabilities
  /// Printable.
  private(set) var alerts: [String]
  var alertLimit = 16
  var folder: SelectedFolder?
  private var events: [FolderEvent] = []

  /// More than that is one event each: the count says nothing that the folder does not say.
  private static let eventLimit = 100

  init(capabilities: IMAPCapabilities = IMAPCapabilities(), alerts: [String] = []) {
    self.capabilities = capabilities
    self.alerts = alerts
  }

  var hasEvents: Bool { !events.isEmpty }

  mutating func takeEvents() -> [FolderEvent] {
    defer { events = [] }
    return events
  }

  /// We did it ourselves: that is no news.
  mutating func forget(_ event: FolderEvent) { events.removeAll { $0 == event } }

  /// Another folder, or none, is open now.
  mutating func open(_ folder: SelectedFolder?) {
    self.folder = folder
    events = []
  }

  mutating func receive(_ response: IMAPResponse) {
    switch response {
    case .capability(let capabilities): self.capabilities = capabilities
    case .status(let status): receive(status)
    case .exists(let count):
      guard let folder, folder.messageCount != count else { return }
      self.folder?.messageCount = count
      note(.exists(count))
    case .expunge:
      guard let folder else { return }
      if folder.messageCount > 0 { self.folder?.messageCount -= 1 }
      note(.removed)
    case .vanished(_, let isEarlier):
      guard !isEarlier, folder != nil else { return }
      note(.removed)
    case .fetch(let message):
      if folder != nil, message.flags != nil, message.sections.isEmpty, message.size == nil { note(.flagsChanged) }
    case .tagged, .continuation, .flags, .list, .lsub, .mailboxStatus, .search, .recent, .namespace, .id, .enabled,
      .other:
      return
    }
  }

  mutating func receive(_ status: IMAPStatus) {
    switch status.code {
    case .capability(let capabilities): self.capabilities = capabilities
    case .alert:
      let text = PrintableText.escaping(status.text)
      if alerts.count < alertLimit, !alerts.contains(text) { alerts.append(text) }
    case .closed: folder = nil
    case .uidNotSticky: folder?.keepsUIDs = false
    case .readOnly: folder?.access = .readOnly
    default: return
    }
  }

  private mutating func note(_ event: FolderEvent) {
    if events.last == event || events.count >= Self.eventLimit { return }
    events.append(event)
  }
}
