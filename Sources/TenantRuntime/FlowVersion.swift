import Crypto
import FlowModel

/// Which contents of a flow a run had: what it sends is known by it.
enum FlowVersion {
  /// 16 hexadecimal digits of the SHA-256 of the flow's file, its parameters and its overlay, and of the parameters of the
  /// command line.
  static func of(_ loaded: LoadedFlow, _ parameters: [(name: String, value: String)]) -> String {
    var digest = Digest(.sha256)
    let files = [loaded.files.flow, loaded.files.parameters, loaded.files.overlay].map { $0?.bytes ?? [] }
    let values = parameters.flatMap { [Array($0.name.utf8), Array($0.value.utf8)] }
    for piece in files + values {
      // Each with its length, so that no two divisions give the same bytes.
      digest.update(Array("\(piece.count):".utf8))
      digest.update(piece)
    }
    return digest.finish().prefix(8).map { hex($0) }.joined()
  }

  private static func hex(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 16)
    return byte < 16 ? "0" + digits : digits
  }
}
