import System
import TenantBase

extension MessageBody {
  /// The most that a step takes into memory which must see a body as a whole: 64 MiB.
  package static let wholeLimit = 64 << 20

  /// All bytes, for a step that cannot work piece by piece.
  ///
  /// - Throws: `.stepFailed` over ``wholeLimit``, and when the file cannot be read.
  package func wholeBytes(limit: Int = MessageBody.wholeLimit) throws(FlowFailure) -> [UInt8] {
    guard byteCount <= limit else {
      throw FlowFailure(
        .stepFailed, class: .permanent,
        Explanation("the body has \(byteCount) bytes; this step takes up to \(limit)"))
    }
    if let bytes = bytesInMemory { return bytes }
    var result: [UInt8] = []
    result.reserveCapacity(byteCount)
    var reader = makeReader()
    do throws(SystemError) {
      while let chunk = try reader.nextChunk(atMost: 1 << 20) { result += chunk }
    } catch { throw FlowFailure(.stepFailed, from: error) }
    return result
  }
}

extension FlowRun {
  /// A body made piece by piece: in memory while it is small, then in the spool.
  ///
  /// - Parameter nextChunk: gives the next bytes; nil at the end. An empty piece is not the end.
  /// - Throws: what `nextChunk` throws; `.stepFailed` over the limit of the spool, or of memory where there is none.
  package func makeBody(
    _ nextChunk: () throws(FlowFailure) -> [UInt8]?
  ) throws(FlowFailure) -> MessageBody {
    var failure: FlowFailure?
    func next() -> [UInt8]? {
      do throws(FlowFailure) {
        while let chunk = try nextChunk() { if !chunk.isEmpty { return chunk } }
      } catch { failure = error }
      return nil
    }
    let body: MessageBody
    if let spool {
      do throws(SystemError) { body = try spool.body { () throws(SystemError) in next() } } catch {
        throw FlowFailure(.stepFailed, from: error)
      }
    } else {
      var bytes: [UInt8] = []
      while let chunk = next() {
        bytes += chunk
        guard bytes.count <= MessageBody.wholeLimit else {
          throw FlowFailure(
            .stepFailed, class: .permanent, Explanation("the result has more than \(MessageBody.wholeLimit) bytes"))
        }
      }
      body = MessageBody(bytes: bytes)
    }
    if let failure { throw failure }
    return body
  }
}
