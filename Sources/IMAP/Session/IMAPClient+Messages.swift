import TenantBase

extension IMAPClient {
  /// The UIDs of the messages that match, ascending, each once, whatever order the server has.
  ///
  /// - Throws: `.tooMuch` when more are found than ``IMAPLimits/searchResults``.
  package func search(_ criteria: SearchCriteria, deadline: Deadline) async throws(IMAPError) -> [UInt64] {
    try checkFolder("UID SEARCH")
    var ranges: [ClosedRange<UInt64>] = []
    try await run(.uidSearch(criteria), deadline: deadline) { response throws(IMAPError) in
      if case .search(let result) = response { ranges += result.numbers.ranges }
    }
    let found = UIDSet(ranges: ranges)
    guard found.count <= UInt64(limits.searchResults) else {
      throw IMAPError(
        .tooMuch, peer: peer, command: "UID SEARCH", detail: "more than \(limits.searchResults) messages",
        connection: .usable)
    }
    return Array(found.numbers)
  }

  /// Changes flags. Which of them the folder keeps is the server's to say: ``SelectedFolder/keeps(_:)``.
  package func store(_ change: FlagChange, for uids: UIDSet, deadline: Deadline) async throws(IMAPError) {
    try checkFolder("UID STORE", writing: true)
    for chunk in uids.chunks() {
      try await run(.uidStore(chunk, change), expecting: chunk.responseCount, deadline: deadline)
    }
    session.forget(.flagsChanged)  // Cyrus tells us what we set, although we ask it not to
  }

  /// - Returns: where the copies are; nil when the server does not say.
  package func copy(_ uids: UIDSet, to folder: MailboxName, deadline: Deadline) async throws(IMAPError) -> UIDMapping? {
    try checkFolder("UID COPY")
    var mapping = MappingCollector()
    for chunk in uids.chunks() {
      try await run(.uidCopy(chunk, folder), about: folder, collecting: &mapping, deadline: deadline)
    }
    return mapping.mapping
  }

  /// Moves messages: MOVE where the server has it (RFC 6851), else COPY, `\Deleted` and UID EXPUNGE. A bare EXPUNGE,
  /// which removes other people's deleted mail, is never used.
  ///
  /// - Throws: when nothing was moved or copied of the last chunk, or when nobody knows.
  /// - Returns: what could be done; the copies exist in any case.
  package func move(_ uids: UIDSet, to folder: MailboxName, deadline: Deadline) async throws(IMAPError) -> MoveOutcome {
    try checkFolder("UID MOVE", writing: true)
    var mapping = MappingCollector()
    var removal = MoveOutcome.Removal.removed
    for chunk in uids.chunks() {
      if capabilities.offersMove {
        try await run(.uidMove(chunk, folder), about: folder, collecting: &mapping, deadline: deadline)
        session.forget(.removed)
      } else {
        try await run(.uidCopy(chunk, folder), about: folder, collecting: &mapping, deadline: deadline)
        let outcome = try await remove(chunk, deadline: deadline)
        if outcome != .removed { removal = outcome }
      }
    }
    return MoveOutcome(mapping: mapping.mapping, removal: removal)
  }

  /// Removes messages: `\Deleted` and UID EXPUNGE, which needs UIDPLUS (RFC 4315); without it they are only marked.
  package func remove(_ uids: UIDSet, deadline: Deadline) async throws(IMAPError) -> MoveOutcome.Removal {
    do throws(IMAPError) {
      try await store(FlagChange(.add, [.deleted]), for: uids, deadline: deadline)
    } catch {
      guard error.connection == .usable, let answer = error.answer else { throw error }
      return .notRemoved(answer)
    }
    guard capabilities.offersUIDPlus else { return .markedOnly }
    do throws(IMAPError) {
      try await expunge(uids, deadline: deadline)
      return .removed
    } catch {
      guard error.connection == .usable else { throw error }
      return .markedOnly
    }
  }

  /// UID EXPUNGE: removes those of `uids` that are marked as deleted, and no others.
  /// - Throws: `.notSupported` without UIDPLUS.
  package func expunge(_ uids: UIDSet, deadline: Deadline) async throws(IMAPError) {
    try checkFolder("UID EXPUNGE", writing: true)
    guard capabilities.offersUIDPlus else {
      throw IMAPError(
        .notSupported, peer: peer, command: "UID EXPUNGE", detail: "the server has no UIDPLUS", connection: .usable)
    }
    for chunk in uids.chunks() {
      try await run(.uidExpunge(chunk), expecting: chunk.responseCount, deadline: deadline)
      session.forget(.removed)
    }
  }

  private func run(
    _ command: IMAPCommand, about folder: MailboxName, collecting mapping: inout MappingCollector, deadline: Deadline
  ) async throws(IMAPError) {
    var collected = mapping
    let status = try await run(command, about: folder, expecting: command.movedCount, deadline: deadline) {
      response throws(IMAPError) in
      if case .status(let status) = response { collected.receive(status) }
    }
    collected.receive(status)
    mapping = collected
  }
}

extension UIDSet {
  /// The numbers as a count of responses; no more than any limit.
  var responseCount: Int { Int(clamping: min(count, UInt64(Int32.max))) }
}

extension IMAPCommand {
  /// MOVE tells each message's removal.
  fileprivate var movedCount: Int {
    if case .uidMove(let uids, _) = self { return uids.responseCount }
    return 0
  }
}

/// Joins the COPYUID codes of several commands, tagged or not (RFC 6851 section 4.3).
struct MappingCollector {
  private(set) var mapping: UIDMapping?

  mutating func receive(_ status: IMAPStatus) {
    guard case .copyUID(let found)? = status.code else { return }
    guard var joined = mapping, joined.uidValidity == found.uidValidity else {
      mapping = found
      return
    }
    // Some servers say it twice, in an untagged and in the tagged answer.
    if joined.source == found.source { return }
    joined.source += found.source
    joined.destination += found.destination
    mapping = joined
  }
}
