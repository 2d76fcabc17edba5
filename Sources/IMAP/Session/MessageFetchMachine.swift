import TenantBase

/// Decides which messages are asked for when, and whose content it is that arrives. Events in, decisions out, no I/O.
///
/// Some servers name the UID behind the content. Then it cannot be told whose content begins while several messages are
/// under way: it is thrown away, and from there on messages are fetched one at a time.
struct MessageFetchMachine {
  struct Batch: Sendable, Equatable {
    let requests: [MessageRequest]
    let expectedBytes: Int
    /// One message, and no other is under way with it.
    let isAlone: Bool

    var uids: UIDSet { UIDSet(requests.map(\.uid)) }
  }

  /// What becomes of content that begins.
  enum Beginning: Sendable, Equatable {
    case take(UInt64)
    /// Nobody asked for it, or nobody knows whose it is.
    case discard
  }

  private let limits: IMAPLimits
  /// Not yet asked for; the next one is the last.
  private var waiting: [MessageRequest]
  private var underWay: [String: Batch] = [:]
  private var bytesUnderWay = 0
  /// Asked for, and neither here nor given up.
  private var missing: [UInt64: MessageRequest] = [:]
  private var withoutContent: Set<UInt64> = []
  private var oneAtATime = false
  /// Content was thrown away because nobody knew whose it was.
  private var hasDiscarded = false
  private(set) var outcomes: [UInt64: FetchOutcome] = [:]

  init(_ requests: [MessageRequest], limits: IMAPLimits) {
    self.limits = limits
    var known: Set<UInt64> = []
    var wanted: [MessageRequest] = []
    for request in requests where request.uid > 0 && known.insert(request.uid).inserted {
      if let size = request.expectedSize, size > UInt64(limits.response.message) {
        outcomes[request.uid] = .tooLarge(size)
      } else {
        wanted.append(request)
      }
    }
    waiting = wanted.reversed()
  }

  var isFinished: Bool { waiting.isEmpty && underWay.isEmpty }

  /// The next messages to ask for; nil while enough are under way, or when all are.
  ///
  /// - Returns: to be given to ``sent(_:tag:)`` once it is sent.
  func nextBatch() -> Batch? {
    guard !waiting.isEmpty, underWay.count < limits.fetchWindowCommands else { return nil }
    if oneAtATime, !underWay.isEmpty { return nil }
    var requests: [MessageRequest] = []
    var bytes = 0
    for request in waiting.reversed() {
      let size = expectedSize(request)
      let isFirst = requests.isEmpty
      if isFirst, bytesUnderWay > 0, bytesUnderWay + size > limits.fetchWindowBytes { return nil }
      if !isFirst, bytes + size > limits.fetchBatchBytes || requests.count >= batchLimit { break }
      requests.append(request)
      bytes += size
    }
    return Batch(requests: requests, expectedBytes: bytes, isAlone: oneAtATime)
  }

  mutating func sent(_ batch: Batch, tag: String) {
    waiting.removeLast(batch.requests.count)
    underWay[tag] = batch
    bytesUnderWay += batch.expectedBytes
    for request in batch.requests { missing[request.uid] = request }
  }

  /// Content begins to arrive.
  /// - Parameter uid: nil when the server has not named it yet.
  mutating func begin(uid: UInt64?) -> Beginning {
    if let uid { return missing[uid] == nil ? .discard : .take(uid) }
    if missing.count == 1, let only = missing.first { return .take(only.key) }
    oneAtATime = true
    hasDiscarded = true
    return .discard
  }

  /// The message's content is here, or the receiver does not want it.
  mutating func settle(_ uid: UInt64, _ outcome: FetchOutcome) {
    missing[uid] = nil
    outcomes[uid] = outcome
  }

  /// A complete FETCH response gave no content, or none where the message has some.
  mutating func noteEmpty(uid: UInt64?) {
    if let uid, missing[uid] != nil { withoutContent.insert(uid) }
  }

  /// Whether a message of no bytes is what the server says that it is.
  func expectsNothing(of uid: UInt64) -> Bool { missing[uid]?.expectedSize == 0 }

  /// A command has ended.
  /// - Parameter refusal: the server's NO or BAD; nil for OK.
  mutating func completed(tag: String, refusal: IMAPAnswer?) {
    guard let batch = underWay.removeValue(forKey: tag) else { return }
    bytesUnderWay -= batch.expectedBytes
    let left = batch.requests.filter { missing[$0.uid] != nil }
    for request in left { missing[request.uid] = nil }
    // One message of several that is gone can make the whole command fail (RFC 2180 section 4.1), and content that
    // could not be told apart is asked for again.
    let isUnclear = batch.requests.count > 1 && refusal != nil || hasDiscarded
    if !batch.isAlone, isUnclear, !left.isEmpty {
      oneAtATime = true
      waiting += left.reversed()
      return
    }
    for request in left {
      if withoutContent.contains(request.uid) {
        outcomes[request.uid] = .withoutContent
      } else {
        outcomes[request.uid] = refusal.map { .refused($0) } ?? .gone
      }
    }
  }

  private var batchLimit: Int { oneAtATime ? 1 : max(limits.fetchBatchMessages, 1) }

  private func expectedSize(_ request: MessageRequest) -> Int {
    request.expectedSize.map { Int(clamping: $0) } ?? limits.expectedMessage
  }
}
