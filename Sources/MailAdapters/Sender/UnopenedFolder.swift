import IMAP
import TenantBase

/// The channel's folder is not there, or is no folder to open: the channel's mistake, and the folders that there are.
struct UnopenedFolder: ExplainedError {
  let error: IMAPError
  let folders: [String]

  /// Folder names in a message.
  static let mostNames = 20

  var failureClass: FailureClass { .configuration }

  var explanation: Explanation {
    var explanation = error.explanation
    if !folders.isEmpty {
      let names = folders.prefix(Self.mostNames).map { "'\(PrintableText.escaping($0, limit: 100))'" }
      let more = folders.count > names.count ? " and \(folders.count - names.count) more" : ""
      explanation.hints.append("the mailbox has the folders \(names.joined(separator: ", "))\(more)")
    }
    return explanation
  }
}

extension MailboxSession {
  /// Opens a folder; where the server refuses, says which ones there are.
  func selectOrExplain(_ folder: MailboxName, isReadOnly: Bool) async throws -> SelectedFolder {
    do {
      return try await select(folder, isReadOnly: isReadOnly)
    } catch let error as IMAPError
      where [.folderMissing, .commandRefused].contains(error.kind) && error.failureClass == .permanent
      && error.connection == .usable
    {
      let listed = (try? await openClient().listFolders(deadline: deadline)) ?? []
      throw UnopenedFolder(error: error, folders: listed.filter(\.isSelectable).map(\.name.text).sorted())
    }
  }
}
