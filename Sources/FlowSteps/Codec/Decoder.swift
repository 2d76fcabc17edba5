import Archives
import Expressions
import FlowEngine
import FlowModel
import MIME
import TenantBase

/// Bytes outside of the Base64 alphabet are passed over, as Camel's data format does it.
struct Base64Decode: FlowStep {
  func run(_ exchange: inout Exchange, in run: FlowRun) async throws(FlowFailure) {
    var decoder = Base64Decoder()
    exchange.body = try BodyConversion.convert(exchange.body, in: run) { piece in
      var output: [UInt8] = []
      decoder.decode(piece[...], into: &output)
      return output
    } finish: {
      var output: [UInt8] = []
      decoder.finish(into: &output)
      return output
    }
  }
}

struct GZIPDecompress: FlowStep {
  func run(_ exchange: inout Exchange, in run: FlowRun) async throws(FlowFailure) {
    let what = "the body cannot be decompressed as GZIP"
    let decompressor: Decompressor
    do throws(ArchiveError) {
      decompressor = try Decompressor(.gzip, limit: BodyConversion.unpackedLimit(in: run))
    } catch { throw BodyConversion.failure(error, what) }
    exchange.body = try BodyConversion.convert(exchange.body, in: run) { piece throws(FlowFailure) in
      do throws(ArchiveError) { return try decompressor.decompress(piece) } catch {
        throw BodyConversion.failure(error, what)
      }
    } finish: { () throws(FlowFailure) in
      do throws(ArchiveError) { try decompressor.finish() } catch { throw BodyConversion.failure(error, what) }
      return []
    }
  }
}

/// The one file of a zip archive becomes the body, its name the header CamelFileName.
struct ZIPDecompress: FlowStep {
  func run(_ exchange: inout Exchange, in run: FlowRun) async throws(FlowFailure) {
    let bytes = try exchange.body.wholeBytes()
    let file: ZipArchive.Entry
    let content: [UInt8]
    do throws(ArchiveError) {
      let archive = try ZipArchive(bytes)
      let files = archive.entries.filter { !$0.isFolder }
      guard let only = files.first, files.count == 1 else {
        throw ArchiveError(
          .unsupported,
          detail: files.isEmpty ? "it holds no file" : "it holds \(files.count) files, and one is expected")
      }
      (file, content) = (only, try archive.contents(of: only))
    } catch { throw BodyConversion.failure(error, "the body cannot be decompressed as ZIP") }
    var rest: [UInt8]? = content
    exchange.body = try run.makeBody { () throws(FlowFailure) in
      defer { rest = nil }
      return rest
    }
    exchange.headers[ZIPCompress.fileNameHeader] = .text(file.path)
  }
}

package struct DecoderFactory: CheckedStepFactory {
  package init() {}

  package var type: StepType { StepType(rawValue: "Decoder") }

  func read(_ reading: inout StepReading) -> (any FlowStep)? {
    let choice = reading.choice(
      "encoderType", default: "",
      of: [
        "Base64 Decode", "GZIP Decompress", "ZIP Decompress", "MIME Multipart Message Decode", "MIME Multipart Decode",
      ])
    switch choice {
    case "Base64 Decode": return Base64Decode()
    case "GZIP Decompress": return GZIPDecompress()
    case "ZIP Decompress": return ZIPDecompress()
    case nil: return nil
    default: return MultipartDecode.read(&reading)
    }
  }
}
