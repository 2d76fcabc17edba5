import Crypto
import TenantBase
import Wire

/// A peer that follows a script: what it expects to read, and what it then says.
///
/// Nothing waits: when the code under test reads and the script expects more from it, the read fails with `.timedOut`,
/// as a silent server would make it, and `complaints` says what was missing.
package final class ScriptedStream: ByteStream {
  package enum Step {
    /// Exactly these bytes must have been written next.
    case expect(String)
    /// A line with this prefix, up to CRLF.
    case expectLine(prefix: String)
    /// Everything up to and with these bytes.
    case expectThrough(String)
    case expectCount(Int)
    case send(String)
    case sendBytes([UInt8])
    /// The upgrade is asked for here, and succeeds or fails.
    case startTLS(StreamError? = nil)
    /// A proper end.
    case close
    /// The connection breaks: reads and writes fail from here.
    case reset
    /// TLS ends without close_notify.
    case truncate
    /// Writes fail from here although the peer has not spoken.
    case refuseWrites
  }

  private var steps: [Step]
  private var nextStep = 0
  private var pendingInput: [UInt8] = []
  private var ending: StreamError.Kind?
  private var hasEnded = false
  private var refusesWrites = false
  private let pieceSize: Int
  private let tlsSecurity: StreamSecurity
  private let bindings: [ChannelBindingKind: [UInt8]]

  /// All that was written, secrets included.
  package private(set) var written: [UInt8] = []
  private var matched = 0
  /// One entry for each call of `write`, secrets included.
  package private(set) var writes: [[UInt8]] = []
  /// The secrets alone.
  package private(set) var secrets: [[UInt8]] = []
  package private(set) var writtenBeforeTLS: [UInt8] = []
  /// How long each operation was allowed to wait when it began.
  package private(set) var allowances: [(operation: String, time: Duration)] = []
  package private(set) var isClosed = false
  package private(set) var complaints: [String] = []
  package private(set) var security: StreamSecurity
  package let peerName: String

  /// - Parameter pieceSize: the most bytes that one read delivers.
  package init(
    _ steps: [Step], pieceSize: Int = .max, security: StreamSecurity = .plaintext,
    tls: StreamSecurity = .tls(version: "TLS 1.3", cipher: "TLS_AES_256_GCM_SHA384", isVerified: true),
    bindings: [ChannelBindingKind: [UInt8]] = [:], peerName: String = "mail.example:25"
  ) {
    self.steps = steps
    self.pieceSize = pieceSize
    self.security = security
    self.tlsSecurity = tls
    self.bindings = bindings
    self.peerName = peerName
  }

  package var writtenText: String { written.utf8Text }
  /// Whether the script was followed to its end.
  package var isFinished: Bool {
    advance()
    return nextStep == steps.count && complaints.isEmpty && matched == written.count
  }
  /// For a failure's message: what was not done.
  package var state: String {
    let next = nextStep < steps.count ? "\(steps[nextStep])" : "end"
    return "next step \(next); unmatched \(written[matched...].utf8Text.debugDescription); \(complaints)"
  }

  package func read(into buffer: inout [UInt8], atMost limit: Int, deadline: Deadline)
    async throws(StreamError) -> Int
  {
    if isClosed { throw error(.closed) }
    allowances.append(("read", deadline.timeLeft))
    advance()
    if pendingInput.isEmpty {
      if let ending {
        if ending == .closedByPeer, hasEnded == false {
          hasEnded = true
          return 0
        }
        isClosed = true
        throw error(ending)
      }
      complaints.append("read while the script waits at step \(nextStep)")
      throw error(.timedOut)
    }
    let count = min(limit, pieceSize, pendingInput.count)
    buffer.append(contentsOf: pendingInput.prefix(count))
    pendingInput.removeFirst(count)
    return count
  }

  package func write(_ bytes: [UInt8], deadline: Deadline) async throws(StreamError) {
    if isClosed { throw error(.closed) }
    if refusesWrites {
      isClosed = true
      throw error(.closedByPeer)
    }
    allowances.append(("write", deadline.timeLeft))
    writes.append(bytes)
    written += bytes
    if !security.isTLS { writtenBeforeTLS += bytes }
    advance()
  }

  package func write(secret: borrowing SecretBytes, deadline: Deadline) async throws(StreamError) {
    var bytes: [UInt8] = []
    secret.withSpan { span in for index in span.indices { bytes.append(span[index]) } }
    secrets.append(bytes)
    try await write(bytes, deadline: deadline)
  }

  package func startTLS(deadline: Deadline) async throws(StreamError) {
    if isClosed { throw error(.closed) }
    allowances.append(("startTLS", deadline.timeLeft))
    advance()
    guard nextStep < steps.count, case .startTLS(let failure) = steps[nextStep] else {
      complaints.append("TLS asked for at step \(nextStep)")
      isClosed = true
      throw error(.tlsFailed)
    }
    nextStep += 1
    if let failure {
      isClosed = true
      throw failure
    }
    security = tlsSecurity
  }

  package func channelBinding(_ kind: ChannelBindingKind) -> [UInt8]? { bindings[kind] }

  package func close() { isClosed = true }

  private func error(_ kind: StreamError.Kind) -> StreamError { StreamError(kind, peer: peerName) }

  /// Does every step that can be done with what was written so far.
  private func advance() {
    while nextStep < steps.count {
      switch steps[nextStep] {
      case .expect(let text):
        let wanted = Array(text.utf8)
        let available = written[matched...]
        if !available.prefix(wanted.count).elementsEqual(wanted.prefix(available.count)) {
          complain("expected \(text.debugDescription), got \(available.utf8Text.debugDescription)")
          return
        }
        if available.count < wanted.count { return }
        matched += wanted.count
      case .expectLine(let prefix):
        guard let end = firstIndex(of: Array("\r\n".utf8)) else { return }
        let line = written[matched..<end].utf8Text
        if !line.hasPrefix(prefix) {
          complain("expected a line \(prefix.debugDescription), got \(line.debugDescription)")
          return
        }
        matched = end + 2
      case .expectThrough(let text):
        guard let end = firstIndex(of: Array(text.utf8)) else { return }
        matched = end + text.utf8.count
      case .expectCount(let count):
        if written.count - matched < count { return }
        matched += count
      case .send(let text): pendingInput += Array(text.utf8)
      case .sendBytes(let bytes): pendingInput += bytes
      case .startTLS: return
      case .close: ending = .closedByPeer
      case .reset:
        ending = .closedByPeer
        hasEnded = true
        refusesWrites = true
      case .truncate: ending = .truncated
      case .refuseWrites: refusesWrites = true
      }
      nextStep += 1
    }
  }

  private func complain(_ text: String) {
    if complaints.last != text { complaints.append(text) }
  }

  private func firstIndex(of wanted: [UInt8]) -> Int? {
    guard written.count - matched >= wanted.count else { return nil }
    for start in matched...(written.count - wanted.count)
    where written[start..<(start + wanted.count)].elementsEqual(wanted) {
      return start
    }
    return nil
  }
}
