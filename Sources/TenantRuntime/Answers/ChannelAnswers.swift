import FlowEngine
import FlowModel
import Synchronization
import System
import TenantBase

/// What a person says of a run's partners: `--answer CHANNEL=FILE`.
///
/// A file answers every call of its channel; a folder answers one call with each of its files, in the order of their names.
package struct ChannelAnswers: ReceiverStandIns {
  /// One `--answer`.
  package struct Setting: Sendable, Equatable {
    /// A channel's name or id; a name stands for all channels that have it. `FLOW/CHANNEL` for one of a called flow.
    package let channel: String
    /// A file or a folder.
    package let path: String

    package init(channel: String, path: String) {
      self.channel = channel
      self.path = path
    }

    /// Reads `CHANNEL=FILE`, where the channel's name holds no `=`.
    package init?(_ text: String) {
      guard let equals = text.firstIndex(of: "="), equals != text.startIndex else { return nil }
      let path = text[text.index(after: equals)...]
      guard !path.isEmpty else { return nil }
      self.init(channel: String(text[..<equals]), path: String(path))
    }
  }

  private let scripts: [(setting: Setting, script: AnswerScript)]

  static let none = ChannelAnswers(scripts: [])

  private init(scripts: [(setting: Setting, script: AnswerScript)]) { self.scripts = scripts }

  /// Those for the channels of a flow that is called: `FLOW/CHANNEL`.
  func ofCalledFlow(_ name: String) -> ChannelAnswers {
    ChannelAnswers(
      scripts: scripts.compactMap { setting, script in
        guard setting.channel.hasPrefix(name + "/") else { return nil }
        let channel = String(setting.channel.dropFirst(name.count + 1))
        return (Setting(channel: channel, path: setting.path), script)
      })
  }

  /// - Throws: `RunRefusal` when a setting names no channel of the flow or one whose adapter runs here, or a file that is not there.
  package init(_ settings: [Setting], for flow: IntegrationFlow) throws {
    var scripts: [(Setting, AnswerScript)] = []
    for setting in settings {
      try Self.checkChannel(setting, of: flow)
      scripts.append((setting, try AnswerScript(path: setting.path)))
    }
    self.scripts = scripts
  }

  package func receiver(for channel: Channel) -> (any ReceiverAdapter)? {
    guard channel.type.direction == .receiver else { return nil }
    let found =
      scripts.first { $0.setting.channel == channel.id } ?? scripts.first { $0.setting.channel == channel.name }
    return found.map { AnsweredReceiver(channel: channel, script: $0.script) }
  }

  private static func checkChannel(_ setting: Setting, of flow: IntegrationFlow) throws {
    let receivers = flow.channels.filter { $0.type.direction == .receiver }
    let named = receivers.filter { $0.id == setting.channel || $0.name == setting.channel }
    if let mail = named.first(where: { $0.type.name == "Mail" }) {
      throw RunRefusal(
        failureClass: .usage,
        explanation: Explanation(
          "--answer '\(PrintableText.escaping(setting.channel))': \(mail.title) sends mail, which runs here",
          hints: ["to send nothing, use --dry-run; to send to a test server, --connect-to HOST:PORT=HOST:PORT"]))
    }
    // Of a flow that is called by another: which one, its compiling tells.
    guard named.isEmpty, !setting.channel.contains("/") else { return }
    let known = receivers.filter { $0.type.name != "Mail" }
      .map { "'\(PrintableText.escaping($0.name))' (\($0.type.description), id \(PrintableText.escaping($0.id)))" }
    throw RunRefusal(
      failureClass: .usage,
      explanation: Explanation(
        "--answer '\(PrintableText.escaping(setting.channel, limit: 200))': the flow has no such receiver channel",
        cause: known.isEmpty ? "it has none but mail channels" : "it has \(known.joined(separator: ", "))"))
  }
}

/// Answers the calls of one or more channels, one after the other.
final class AnswerScript: Sendable {
  /// As the person named it.
  let path: String
  /// Nil when one file answers every call.
  private let files: [String]?
  private let callCount = Mutex(0)

  init(path: String) throws {
    self.path = path
    guard FileStatus.isFolder(path) else {
      guard FileStatus.exists(path) else {
        throw RunRefusal(
          failureClass: .usage,
          explanation: Explanation("--answer: there is no file '\(PrintableText.escaping(path, limit: 200))'"))
      }
      files = nil
      return
    }
    let names = try Folder(opening: path).entries().filter { !$0.hasPrefix(".") }
    files = names.sorted().map { FilePath.join(path, $0) }.filter { !FileStatus.isFolder($0) }
  }

  /// The file that answers the next call; nil when all have.
  func nextFile() -> (file: String, call: Int)? {
    let call = callCount.withLock { count in
      count += 1
      return count
    }
    guard let files else { return (path, call) }
    return files.indices.contains(call - 1) ? (files[call - 1], call) : nil
  }

  /// How many calls the files of a folder answer.
  var fileCount: Int { files?.count ?? 1 }
}
