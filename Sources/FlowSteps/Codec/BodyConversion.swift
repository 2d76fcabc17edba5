import Archives
import FlowEngine
import System
import TenantBase

/// Turns a body into another piece by piece: what comes out may be larger than memory.
enum BodyConversion {
  /// Small, because compressed bytes may become a thousand times as many.
  static let pieceLength = 16 * 1024

  /// - Parameters:
  ///   - convert: of a piece.
  ///   - finish: what comes after the last one.
  static func convert(
    _ body: MessageBody, in run: FlowRun, by convert: ([UInt8]) throws(FlowFailure) -> [UInt8],
    finish: () throws(FlowFailure) -> [UInt8]
  ) throws(FlowFailure) -> MessageBody {
    var reader = body.makeReader()
    var isDone = false
    return try run.makeBody { () throws(FlowFailure) in
      guard !isDone else { return nil }
      let chunk: [UInt8]?
      do throws(SystemError) { chunk = try reader.nextChunk(atMost: pieceLength) } catch {
        throw FlowFailure(.stepFailed, from: error)
      }
      if let chunk { return try convert(chunk) }
      isDone = true
      return try finish()
    }
  }

  /// What unpacks may have so many bytes, wherever it lies.
  static func unpackedLimit(in run: FlowRun) -> Int { run.spool == nil ? MessageBody.wholeLimit : 512 << 20 }

  static func failure(_ error: ArchiveError, _ what: String) -> FlowFailure {
    FlowFailure(.stepFailed, class: .permanent, Explanation("\(what): \(error.detail)"))
  }
}
