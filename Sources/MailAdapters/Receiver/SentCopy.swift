import FlowEngine
import IMAP
import MIME
import TenantBase
import Transport

/// Keeps a copy of a mail that was sent, byte for byte, as already read.
///
/// What goes wrong is a note of the report: the mail has left, whatever becomes of its copy.
struct SentCopy: Sendable {
  let settings: SentCopySettings
  let environment: MailEnvironment

  func keep(_ mail: OutgoingMail) async -> String {
    let server = settings.connection.server
    do {
      let login = settings.connection.login
      let credential = try environment.credential(named: login.credentialName, for: server.host)
      let request = MailboxConnectionRequest(settings.connection, as: credential, in: environment)
      let mailbox = MailboxSession(loop: environment.pool.loop)
      let name = settings.folder
      let folder = try await mailbox.loop.perform {
        do {
          try await mailbox.open(request)
          let folder = try await mailbox.store(mail, in: name)
          await mailbox.close()
          return folder
        } catch {
          await mailbox.close()
          throw error
        }
      }
      return "a copy is in '\(PrintableText.escaping(folder, limit: 200))' of \(server)"
    } catch {
      let reason = (error as? any ExplainedError)?.description ?? "\(error)"
      return "the mail was sent, but no copy of it could be kept at \(server): \(reason)"
    }
  }
}

extension MailboxSession {
  /// Stores a mail as read.
  ///
  /// - Parameter name: nil for the folder that the server calls Sent.
  /// - Returns: the folder's name.
  func store(_ mail: OutgoingMail, in name: String?) async throws -> String {
    let client = try openClient()
    let folder: MailboxName
    if let name { folder = MailboxName(name) } else { folder = try await sentFolder() }
    do throws(IMAPError) {
      _ = try await client.append(mail, to: folder, flags: [.seen], deadline: deadline)
    } catch {
      guard error.kind == .folderMissing, error.connection == .usable else { throw error }
      try await client.createFolder(folder, deadline: deadline)
      _ = try await client.append(mail, to: folder, flags: [.seen], deadline: deadline)
    }
    return folder.text
  }

  /// RFC 6154; `Sent` where the server names no folder's use.
  private func sentFolder() async throws -> MailboxName {
    let folders = try await openClient().listFolders(specialUse: true, deadline: deadline)
    return folders.first { $0.attributes.contains(.sent) && $0.isSelectable }?.name ?? MailboxName("Sent")
  }
}
