import FlowEngine
import Synchronization
import TenantBase

/// Messages that are read together.
struct MessageBatch: Sendable {
  var identities: [SourceIdentity] = []
  /// As the source says.
  var byteCount = 0

  /// In order: a large message is a batch of its own.
  static func batches(of identities: some Sequence<SourceIdentity>, limits: PollLimits) -> [MessageBatch] {
    var batches: [MessageBatch] = []
    var batch = MessageBatch()
    for identity in identities {
      let size = max(0, identity.size ?? 0)
      let isFull =
        batch.identities.count >= limits.batchMessages
        || batch.byteCount > limits.batchBytes - min(size, limits.batchBytes)
      if isFull, !batch.identities.isEmpty {
        batches.append(batch)
        batch = MessageBatch()
      }
      batch.identities.append(identity)
      batch.byteCount = batch.byteCount.addingReportingOverflow(size).partialValue
    }
    if !batch.identities.isEmpty { batches.append(batch) }
    return batches
  }
}

/// A batch that is being read.
struct BatchReading {
  struct Result: Sendable {
    let batch: MessageBatch
    var messages: [String: Swift.Result<RawSourceMessage, FlowFailure>] = [:]
    /// Why messages were not read, by UID.
    var reasons: [String: String] = [:]
    /// Why the reading ended before its end.
    var failure: FlowFailure?
  }

  let batch: MessageBatch
  private let task: Task<Result, Never>

  init(_ batch: MessageBatch, from session: any SenderSession) {
    self.batch = batch
    task = Task {
      let read = Mutex(Result(batch: batch))
      do {
        let reasons = try await session.fetch(batch.identities.map(\.uid)) { fetched in
          read.withLock { $0.messages[fetched.uid] = fetched.message }
        }
        read.withLock { $0.reasons = reasons }
      } catch {
        read.withLock { $0.failure = FlowFailure(ofPoll: error) }
      }
      return read.withLock { $0 }
    }
  }

  init(_ batch: MessageBatch, failing failure: FlowFailure) {
    self.batch = batch
    task = Task { Result(batch: batch, failure: failure) }
  }

  func cancel() { task.cancel() }

  func result() async -> Result {
    let task = task
    return await withTaskCancellationHandler {
      await task.value
    } onCancel: {
      task.cancel()
    }
  }
}
