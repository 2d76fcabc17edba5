import FlowModel
import TenantBase

/// What becomes of a mail in its folder after it was processed.
package enum MailPostProcessing: Sendable, Equatable {
  case markAsRead
  case delete
  /// Moves it to a folder.
  case archive(folder: String, marksAsRead: Bool)

  /// The forms that a value can take. Real files show `mark` and `delete` alone; the others are read in every spelling
  /// that is likely, whatever the case and whatever stands between the words.
  private enum Form {
    case mark, delete, archive, archiveAndMark

    init?(_ text: String) {
      switch String(text.lowercased().unicodeScalars.filter { ("a"..."z").contains($0) }) {
      case "mark", "markasread", "markread", "markasseen", "seen", "read": self = .mark
      case "delete", "deletemail", "remove": self = .delete
      case "archive", "archivemail", "move": self = .archive
      case "archiveandmark", "archiveandmarkasread", "archivemark", "archivemarkasread", "archiveandmarkread",
        "archiveandread", "markandarchive", "markasreadandarchive", "markarchive":
        self = .archiveAndMark
      default: return nil
      }
    }
  }

  static func read(_ reader: inout ChannelReader, _ mailProtocol: MailSenderProtocol) -> MailPostProcessing {
    let text = reader.fixedText(.postProcessing) ?? "mark"
    guard let form = Form(text) else {
      reader.refuse(text, .postProcessing, allowed: ["mark", "delete", "archive", "archiveAndMark"])
      return .markAsRead
    }
    let archiveFolder = reader.fixedText(.archiveFolder)
    switch form {
    case .mark:
      if mailProtocol == .pop3, reader.text(.postProcessing) != nil {
        reader.report(
          .warning, .repetition, .postProcessing,
          "Mark as Read is not possible with POP3: mails stay and are only remembered",
          remedy: "set Post-Processing to Delete")
      }
      return .markAsRead
    case .delete: return .delete
    case .archive, .archiveAndMark:
      if mailProtocol == .pop3 {
        reader.report(.error, .wrong, .postProcessing, "is wrong: POP3 cannot archive")
      } else if archiveFolder == nil {
        reader.report(
          .error, .missing, .archiveFolder, "is empty, and Post-Processing is Archive",
          remedy: "name the folder that processed mails go to")
      }
      return .archive(folder: archiveFolder ?? "", marksAsRead: form == .archiveAndMark)
    }
  }
}
