/// The properties of a mail sender channel.
extension PropertyKey {
  static let transportProtocol = PropertyKey("TransportProtocol", "Transport Protocol")
  static let folder = PropertyKey("folder", "Folder")
  static let selection = PropertyKey("selectionReadFlag", "Selection")
  static let maxMessages = PropertyKey("maxMessagesPerPoll", "Max. Messages per Poll")
  static let lockTimeout = PropertyKey("lockDuration", "Lock Timeout")
  static let postProcessing = PropertyKey("postProcessing", "Post-Processing")
  static let archiveFolder = PropertyKey("archiveMailFolder", "Archive Folder")
  static let removesAttachments = PropertyKey("removeAttachments", "Remove Attachments")
  static let includesOriginal = PropertyKey("forwardOriginalMail", "Include Original Mail")
  static let decodesHeaders = PropertyKey("mimeDecodeHeaders", "Decode MIME Headers")
  static let disconnects = PropertyKey("disconnect", "Automatically Disconnect")

  static let searchFrom = PropertyKey("tenant.search.from")
  static let searchTo = PropertyKey("tenant.search.to")
  static let searchSubject = PropertyKey("tenant.search.subject")
  static let searchSince = PropertyKey("tenant.search.since")
  static let searchBefore = PropertyKey("tenant.search.before")
  static let searchLarger = PropertyKey("tenant.search.larger")
  static let searchSmaller = PropertyKey("tenant.search.smaller")
  static let searchFlagged = PropertyKey("tenant.search.flagged")
  static let searchRaw = PropertyKey("tenant.search.raw")
  static let order = PropertyKey("tenant.order")
  static let maximumSize = PropertyKey("tenant.maximumSize")
  static let createFolder = PropertyKey("tenant.createFolder")
  static let idle = PropertyKey("tenant.idle")
  static let maximumAttempts = PropertyKey("tenant.maximumAttempts")
  static let atMostOnce = PropertyKey("tenant.atMostOnce")

  static let searchKeys: [PropertyKey] = [
    .searchFrom, .searchTo, .searchSubject, .searchSince, .searchBefore, .searchLarger, .searchSmaller, .searchFlagged,
    .searchRaw,
  ]

  static let ownSenderKeys: [PropertyKey] =
    [
      .allowPlaintextPassword, .authorizationID, .tlsTrust, .tlsMinimumVersion, .tlsMaximumVersion, .tlsPins, .order,
      .maximumSize, .createFolder, .idle, .maximumAttempts, .atMostOnce,
    ] + searchKeys
}
