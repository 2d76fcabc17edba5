import TenantBase

extension IMAPClient {
  /// Where folders live (RFC 2342). Ask only when it is needed: some servers answer BAD, and Exchange 2003 hangs up.
  /// - Returns: nil when the server has none or does not answer in kind.
  package func namespaces(deadline: Deadline) async throws(IMAPError) -> MailboxNamespaces? {
    guard capabilities.offersNamespace else { return nil }
    var found: MailboxNamespaces?
    do throws(IMAPError) {
      try await run(.namespace, deadline: deadline) { response throws(IMAPError) in
        if case .namespace(let namespaces) = response { found = namespaces }
      }
    } catch {
      guard error.connection == .usable else { throw error }
    }
    return found
  }

  /// The folders whose names match, each once.
  ///
  /// - Parameter specialUse: ask for the roles of folders (Sent, Trash) where the server knows them and does not tell
  ///   them by itself; a server that refuses, or announces it and then lists nothing, is asked without.
  package func listFolders(
    _ pattern: MailboxPattern = .everything, specialUse: Bool = false, deadline: Deadline
  ) async throws(IMAPError) -> [ListedMailbox] {
    let reference = MailboxName("")
    if specialUse, capabilities.offersSpecialUse {
      do throws(IMAPError) {
        let found = try await list(.listSpecialUse(reference: reference, pattern: pattern), deadline: deadline)
        if !found.isEmpty { return found }
      } catch {
        guard error.connection == .usable else { throw error }
      }
    }
    return try await list(.list(reference: reference, pattern: pattern), deadline: deadline)
  }

  private func list(_ command: IMAPCommand, deadline: Deadline) async throws(IMAPError) -> [ListedMailbox] {
    var found: [ListedMailbox] = []
    var names: Set<MailboxName> = []
    try await run(command, expecting: limits.folders, deadline: deadline) { response throws(IMAPError) in
      guard case .list(let folder) = response, names.insert(folder.name).inserted else { return }
      found.append(folder)
    }
    return found
  }

  /// Opens a folder; the one that was open is closed without expunging.
  ///
  /// - Throws: `.folderMissing` where the server says so; whatever is thrown, no folder is open then.
  package func select(_ folder: MailboxName, _ access: FolderAccess = .readWrite, deadline: Deadline)
    async throws(IMAPError) -> SelectedFolder
  {
    do throws(IMAPError) {
      return try await selectOnce(folder, access, deadline: deadline)
    } catch {
      guard try await identifiedNow(after: error, deadline: deadline) else { throw error }
    }
    return try await selectOnce(folder, access, deadline: deadline)
  }

  private func selectOnce(_ folder: MailboxName, _ access: FolderAccess, deadline: Deadline)
    async throws(IMAPError) -> SelectedFolder
  {
    session.open(nil)
    var collector = SelectCollector(name: folder, access: access)
    let command: IMAPCommand = access == .readWrite ? .select(folder) : .examine(folder)
    let status = try await run(command, about: folder, deadline: deadline) { response throws(IMAPError) in
      collector.receive(response)
    }
    let selected = collector.finish(status)
    session.open(selected)
    return selected
  }

  /// What a folder holds, without opening it. Not for the open folder: servers may answer from old knowledge.
  ///
  /// - Returns: what the server told; an empty answer, as 163.com sends, has every value nil.
  package func status(
    of folder: MailboxName, _ items: [MailboxStatusItem] = [.messages, .uidNext, .uidValidity, .unseen],
    deadline: Deadline
  ) async throws(IMAPError) -> MailboxStatus {
    var found = MailboxStatus(name: folder)
    try await run(.status(folder, items), about: folder, deadline: deadline) { response throws(IMAPError) in
      // The name may come back in another spelling; one command has one answer.
      if case .mailboxStatus(let status) = response { found = status }
    }
    return found
  }

  /// - Returns: false when it was there already.
  @discardableResult
  package func createFolder(_ folder: MailboxName, deadline: Deadline) async throws(IMAPError) -> Bool {
    do throws(IMAPError) {
      try await run(.create(folder), about: folder, deadline: deadline)
      return true
    } catch {
      if error.answer?.code == "ALREADYEXISTS" { return false }
      throw error
    }
  }

  /// Leaves the open folder, and expunges nothing: CLOSE, which would, is only used where EXAMINE opened the folder.
  ///
  /// Where the server has no UNSELECT and the folder is open for changes, it stays open.
  package func unselect(deadline: Deadline) async throws(IMAPError) {
    guard let folder = session.folder else { return }
    if capabilities.offersUnselect {
      try await run(.unselect, deadline: deadline)
    } else if folder.access == .readOnly {
      try await run(.close, deadline: deadline)
    } else {
      return
    }
    session.open(nil)
  }
}

/// Gathers what a server says of a folder while it opens it.
struct SelectCollector {
  private var folder: SelectedFolder

  init(name: MailboxName, access: FolderAccess) { folder = SelectedFolder(name: name, access: access) }

  mutating func receive(_ response: IMAPResponse) {
    switch response {
    case .exists(let count): folder.messageCount = count
    case .expunge: if folder.messageCount > 0 { folder.messageCount -= 1 }
    case .status(let status): receive(status.code)
    default: return
    }
  }

  /// - Parameter status: the command's OK.
  mutating func finish(_ status: IMAPStatus) -> SelectedFolder {
    receive(status.code)
    return folder
  }

  private mutating func receive(_ code: IMAPResponseCode?) {
    switch code {
    case .uidValidity(let number): folder.uidValidity = number
    case .uidNext(let number): folder.uidNext = number == 0 ? nil : number
    case .permanentFlags(let flags): folder.permanentFlags = Set(flags)
    case .uidNotSticky: folder.keepsUIDs = false
    case .mailboxID(let id): folder.mailboxID = id
    case .readOnly: folder.access = .readOnly
    // A server that closes the folder before says so here; what it said before that was about the other one.
    case .closed: folder = SelectedFolder(name: folder.name, access: folder.access)
    default: return
    }
  }
}
