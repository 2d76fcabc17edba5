import Archives
import Expressions
import FlowEngine
import FlowModel
import MIME
import TenantBase

/// Base64 in lines of 76 with CRLF between them, as Camel's data format writes it.
struct Base64Encode: FlowStep {
  func run(_ exchange: inout Exchange, in run: FlowRun) async throws(FlowFailure) {
    var encoder = Base64LineEncoder()
    exchange.body = try BodyConversion.convert(exchange.body, in: run) { piece in
      var output: [UInt8] = []
      encoder.encode(piece, into: &output)
      return output
    } finish: {
      var output: [UInt8] = []
      encoder.finish(into: &output)
      return output
    }
  }
}

struct GZIPCompress: FlowStep {
  func run(_ exchange: inout Exchange, in run: FlowRun) async throws(FlowFailure) {
    let compressor: Compressor
    do throws(ArchiveError) { compressor = try Compressor(.gzip) } catch {
      throw BodyConversion.failure(error, "the body cannot be compressed")
    }
    exchange.body = try BodyConversion.convert(exchange.body, in: run) {
      compressor.compress($0)
    } finish: {
      compressor.finish()
    }
  }
}

/// A zip archive of one file, whose name is the header CamelFileName, else the message's id.
struct ZIPCompress: FlowStep {
  static let fileNameHeader = "CamelFileName"

  func run(_ exchange: inout Exchange, in run: FlowRun) async throws(FlowFailure) {
    let given = exchange.headers[Self.fileNameHeader]?.text ?? ""
    let name = given.split(separator: "/").last.map { String($0) } ?? exchange.id
    let what = "the body cannot be compressed"
    var writer: ZipFileWriter
    do throws(ArchiveError) { writer = try ZipFileWriter(fileName: name) } catch {
      throw BodyConversion.failure(error, what)
    }
    exchange.body = try BodyConversion.convert(exchange.body, in: run) { piece throws(FlowFailure) in
      do throws(ArchiveError) { return try writer.write(piece) } catch { throw BodyConversion.failure(error, what) }
    } finish: { () throws(FlowFailure) in
      do throws(ArchiveError) { return try writer.finish() } catch { throw BodyConversion.failure(error, what) }
    }
    exchange.headers[Self.fileNameHeader] = .text(name + ".zip")
  }
}

package struct EncoderFactory: CheckedStepFactory {
  package init() {}

  package var type: StepType { StepType(rawValue: "Encoder") }

  func read(_ reading: inout StepReading) -> (any FlowStep)? {
    let choice = reading.choice(
      "encoderType", default: "",
      of: [
        "Base64 Encode", "GZIP Compress", "ZIP Compress", "MIME Multipart Message Encode", "MIME Multipart Encode",
      ])
    switch choice {
    case "Base64 Encode": return Base64Encode()
    case "GZIP Compress": return GZIPCompress()
    case "ZIP Compress": return ZIPCompress()
    case nil: return nil
    default: return MultipartEncode.read(&reading)
    }
  }
}
