import ArgumentParsing
import MIME
import System
import TenantBase

/// `tenant mail show FILE|-`: what a mail holds, whatever state it is in.
struct MailShow: Command {
  static let syntax = CommandSyntax(
    "mail show", summary: "shows what a mail holds: headers, parts, text, attachments, defects",
    arguments: [ArgumentSyntax("FILE|-", help: "a mail as it was received, or standard input")],
    options: [
      OptionSyntax("--extract", .value("DIR"), help: "writes the attachments and inline parts into this folder"),
      OutputForm.option,
    ],
    example: "tenant mail show mail.eml --extract attachments",
    details: """
      Any file gives a result: damage is told as defects, with the byte at which it stands. Extracted files get safe
      names, and a file that is there already is never replaced.
      """)

  /// The largest mail that is read, in bytes.
  static let sizeLimit = 512 << 20

  private let source: String
  private let folder: String?
  private let form: OutputForm

  init(arguments: ParsedArguments) throws(UsageError) {
    source = arguments.positionals.first ?? ""
    folder = arguments.value(of: "--extract")
    form = OutputForm(arguments)
  }

  func run(in context: CommandContext) async throws -> ExitCode {
    let bytes =
      source == "-"
      ? try StandardStream.input.readAll(limit: Self.sizeLimit)
      : try FileContents.read(source, limit: Self.sizeLimit)
    let inspection = MailInspection(MailMessageParser.parse(bytes))
    switch form {
    case .json: context.console.print(inspection.json)
    case .table: context.console.print(inspection.text)
    }
    if let folder { try extract(inspection, into: folder, context.console) }
    return .done
  }

  /// Each file appears complete or not at all; those before one that fails stay.
  private func extract(_ inspection: MailInspection, into path: String, _ console: Console) throws {
    try Folder.create(path)
    let folder = try Folder(opening: path)
    for file in inspection.files {
      try folder.create(file.name, with: file.content.span)
      let target = PrintableText.escaping(FilePath.join(path, file.name))
      console.printError("tenant: wrote \(target) (\(file.content.count) bytes)\n")
    }
  }
}
