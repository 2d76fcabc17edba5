import FlowEngine
import MIME
import Synchronization
import System
import TenantBase

/// Writes the exchange after every element into a folder: `--trace DIR`.
///
/// One folder an element, numbered in the order in which they ended: `0003 Set Subject/` with `element.json`, `headers.json`,
/// `properties.json`, `body` and `attachments/`. What a message holds is personal, and may be secret: only this user can
/// read it. A disk that refuses ends the trace, not the run.
package final class TraceFolder: Sendable {
  /// Elements that are written; a flow that splits a large message passes very many.
  static let elementLimit = 10_000
  /// Bytes of one body or attachment that are written.
  static let contentLimit = 16 << 20
  static let attachmentLimit = 1_000

  private let path: String
  private let state = Mutex(State())

  private struct State {
    var count = 0
    var failure: SystemError?
  }

  /// - Throws: `RunRefusal` when the folder is there and not empty: two traces in one could not be told apart.
  package init(_ path: String) throws {
    if FileStatus.exists(path) {
      guard FileStatus.isFolder(path), try Folder(opening: path).entries().isEmpty else {
        throw RunRefusal(
          failureClass: .usage,
          explanation: Explanation("--trace: '\(PrintableText.escaping(path, limit: 200))' is no empty folder"))
      }
    }
    try Folder.create(path)
    self.path = path
  }

  /// Observes a flow of the run.
  package func observer(of flowName: String) -> any FlowObserver { FlowTrace(folder: self, flowName: flowName) }

  /// What somebody should know of the trace; nil when it is complete.
  package var warning: String? {
    state.withLock { state in
      if let failure = state.failure { return "--trace: it ended early: \(failure.explanation.summary)" }
      guard state.count > Self.elementLimit else { return nil }
      return "--trace: the first \(Self.elementLimit) of \(state.count) elements were written"
    }
  }

  fileprivate func write(_ passage: ElementPassage, flowName: String) {
    let number = state.withLock { state in
      state.count += 1
      return state.failure == nil && state.count <= Self.elementLimit ? state.count : nil
    }
    guard let number else { return }
    do throws(SystemError) {
      try TracedElement(passage, flowName: flowName, number: number).write(below: path)
    } catch {
      state.withLock { $0.failure = $0.failure ?? error }
    }
  }
}

private struct FlowTrace: FlowObserver {
  let folder: TraceFolder
  let flowName: String

  func passed(_ passage: ElementPassage) { folder.write(passage, flowName: flowName) }
}
