import SMTP
import TenantBase
import Wire

/// Sends one mail over a connection of the pool. Runs on the event loop.
struct MailDelivery: Sendable {
  let pool: MailConnectionPool
  let request: MailConnectionRequest
  let composed: ComposedMail
  let deadline: Deadline

  struct Outcome: Sendable {
    /// Nil when no connection came to be.
    let facts: MailSession.Facts?
    let result: Result<SMTPOutcome, any Error>
  }

  /// A kept connection that has died meanwhile is replaced once, as long as the server has accepted nothing of the mail.
  func run() async -> Outcome {
    do {
      let lease = try await pool.lend(request, deadline: deadline)
      let first = await send(over: lease)
      guard lease.isReused, case .failure(let error) = first.result, Self.isUntouched(after: error) else {
        return first
      }
      return await send(over: try await pool.lend(request, takesKept: false, deadline: deadline))
    } catch {
      return Outcome(facts: nil, result: .failure(error))
    }
  }

  private func send(over lease: MailConnectionPool.Lease) async -> Outcome {
    let session = lease.session
    let result: Result<SMTPOutcome, any Error>
    do {
      result = .success(try await session.send(composed.envelope, composed, deadline: deadline))
    } catch {
      result = .failure(error)
    }
    let facts = await session.facts
    await pool.release(lease)
    return Outcome(facts: facts, result: result)
  }

  /// Whether the connection ended before the server said yes to anything of the mail.
  private static func isUntouched(after error: any Error) -> Bool {
    guard let error = error as? SMTPError else { return (error as? StreamError)?.kind == .closed }
    guard [nil, "RSET", "MAIL FROM"].contains(error.command) else { return false }
    switch error.kind {
    case .serviceClosing, .notOpen: return true
    case .connectionFailed:
      let ends: [StreamError.Kind] = [.closedByPeer, .truncated, .closed]
      return (error.cause as? StreamError).map { ends.contains($0.kind) } ?? false
    default: return false
    }
  }
}
