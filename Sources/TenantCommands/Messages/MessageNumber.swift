import ArgumentParsing
import FlowEngine
import TenantBase
import TenantRuntime

/// Messages as a person names them: by their number in the ledger.
enum MessageNumber {
  static func read(_ texts: [String], of command: any Command.Type) throws(UsageError) -> [SourceMessageID] {
    var ids: [SourceMessageID] = []
    for text in texts {
      guard let number = Int64(text), number > 0 else {
        throw command.usageError("'\(PrintableText.escaping(text))' is no message's number")
      }
      let id = SourceMessageID(rawValue: number)
      if !ids.contains(id) { ids.append(id) }
    }
    return ids
  }

  /// - Throws: when the home has no ledger: no message has that number then.
  static func ledger(of id: SourceMessageID, _ home: TenantHome) throws -> any MessageRecords {
    guard let ledger = try HomeLedger.records(home: home) else { throw unknown(id, home) }
    return ledger
  }

  static func unknown(_ id: SourceMessageID, _ home: TenantHome) -> CommandError {
    CommandError(
      .badInput,
      Explanation(
        "there is no message \(id.rawValue) in the ledger",
        hints: ["see all: tenant\(home.hintOption) messages list"]))
  }
}
