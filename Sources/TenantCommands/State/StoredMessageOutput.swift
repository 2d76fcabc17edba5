import ArgumentParsing
import Expressions
import FlowEngine
import System
import TenantBase

/// How a command shows what a stored message holds: not at all, on standard output, or in a file.
struct StoredMessageOutput: Sendable {
  static let options = [
    OptionSyntax("--content", help: "shows headers and body too"),
    OptionSyntax("--save", .value("FILE"), help: "writes the body, byte for byte, into a new file"),
  ]

  /// A body that is shown; a larger one is saved.
  static let shownBytes = 1 << 20

  private let showsContent: Bool
  private let file: String?

  init(_ arguments: ParsedArguments) {
    showsContent = arguments.has("--content")
    file = arguments.value(of: "--save")
  }

  var isWanted: Bool { showsContent || file != nil }

  /// - Parameters:
  ///   - lines: what is shown of it in any case.
  ///   - message: nil when its content is not wanted.
  func write(
    _ lines: [[String]], _ json: JSONValue, _ message: StoredMessage?, _ form: OutputForm, _ console: Console
  ) throws {
    if let message, let file { try save(message.body, in: file) }
    let shown = showsContent ? message : nil
    if let shown, shown.body.byteCount > Self.shownBytes {
      throw CommandError(
        .badInput,
        Explanation(
          "the body has \(shown.body.byteCount) bytes and is not shown", hints: ["write it to a file with --save FILE"])
      )
    }
    switch form {
    case .json:
      guard case .object(var members) = json else { return }
      if let shown {
        let headers = shown.headers.map { JSONValue.Member($0.name, .string($0.value.text)) }
        members.append(JSONValue.Member("headers", .object(headers)))
        members.append(JSONValue.Member("body", .string(shown.body.textInMemory ?? "")))
      }
      console.print(.object(members))
    case .table:
      var lines = lines
      for header in shown?.headers ?? [] {
        lines.append([
          "Header \(PrintableText.escaping(header.name))", PrintableText.escaping(header.value.text, limit: 2_000),
        ])
      }
      console.print(Table.text(lines))
      if let shown { console.print("\n" + (shown.body.textInMemory ?? "") + "\n") }
    }
    if let message, let file {
      console.printError("tenant: wrote \(PrintableText.escaping(file)) (\(message.body.byteCount) bytes)\n")
    }
  }

  /// The file appears complete or not at all; one that is there already is never replaced.
  private func save(_ body: MessageBody, in path: String) throws {
    guard !FileStatus.exists(path) else {
      throw CommandError(
        .badInput,
        Explanation("'\(PrintableText.escaping(path))' is there already", hints: ["name a file that is not there"]))
    }
    let (parent, name) = FilePath.split(path)
    let file = try FreshFile(name, in: parent)
    var reader = body.makeReader()
    while let chunk = try reader.nextChunk(atMost: 1 << 20) { try file.append(chunk) }
    try file.finish()
  }
}

/// The present moment.
enum WallClock {
  static var now: Timestamp { Timestamp(milliseconds: WallTime.now.milliseconds) }
}
