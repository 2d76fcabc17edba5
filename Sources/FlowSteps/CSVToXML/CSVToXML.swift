import FlowEngine
import FlowModel
import System
import TenantBase

/// The CSV to XML Converter: each line of the body becomes an element that a schema of the bundle describes.
struct CSVToXML: FlowStep {
  let schema: RecordSchema
  let separator: String
  /// The first line holds names, no values.
  let skipsFirstLine: Bool
  /// Values find their elements by the names of the first line; else by their order.
  let matchesHeaders: Bool
  /// Only lines whose first value is this one; empty for all.
  let marker: String

  func run(_ exchange: inout Exchange, in run: FlowRun) async throws(FlowFailure) {
    var reader = exchange.body.makeReader()
    var csv = CSVReader(separator: separator)
    var writer = CSVToXMLWriter(self)
    var isDone = false
    exchange.body = try run.makeBody { () throws(FlowFailure) in
      guard !isDone else { return nil }
      let chunk: [UInt8]?
      do throws(SystemError) { chunk = try reader.nextChunk(atMost: 64 * 1024) } catch {
        throw FlowFailure(.stepFailed, from: error)
      }
      do throws(CSVFault) {
        guard let chunk else {
          isDone = true
          return try writer.write(csv.finish()) + writer.finish()
        }
        return try writer.write(csv.consume(chunk))
      } catch {
        throw FlowFailure(
          .stepFailed, class: .permanent,
          Explanation("the body cannot be read as CSV: \(error.detail) (line \(error.line))"))
      }
    }
  }
}

package struct CSVToXMLFactory: CheckedStepFactory {
  package init() {}

  package var type: StepType { StepType(rawValue: "CsvToXmlConverter") }

  func read(_ reading: inout StepReading) -> (any FlowStep)? {
    let separator = CSVSeparator.read(&reading)
    let mapping = reading.choice("headerMapping", default: "mapHeadersToXSD", of: ["mapHeadersToXSD", "ignoreHeaders"])
    let skipsFirstLine = reading.flag("ignoreFirstLineAsHeader")
    let marker = literal("Record_Identifier_in_CSV", &reading)
    let path = literal("XPath_Field_Location", &reading)
    let file = literal("XML_Schema_File_Path", &reading)
    guard let separator, let mapping, let marker, let path, let file else { return nil }
    guard !file.isEmpty else {
      reading.report(.error, "step-value-missing", at: "XML_Schema_File_Path", "no XML schema is given")
      return nil
    }
    guard let bytes = reading.resource(file, for: "XML_Schema_File_Path") else { return nil }
    do throws(SchemaFault) {
      let schema = try RecordSchemaReader(bytes, file: file).record(at: path)
      return CSVToXML(
        schema: schema, separator: separator, skipsFirstLine: skipsFirstLine,
        matchesHeaders: skipsFirstLine && mapping == "mapHeadersToXSD", marker: marker)
    } catch {
      reading.report(.error, "schema-unusable", at: "XML_Schema_File_Path", error.detail)
      return nil
    }
  }

  /// Version 1.4 takes `${header.x}` and `pd:…` in these fields.
  private func literal(_ key: String, _ reading: inout StepReading) -> String? {
    let value = reading.properties.text(key)
    guard !value.contains("${"), !value.hasPrefix("pd:") else {
      reading.report(
        .error, "step-option-unsupported", at: key, "\(key) from a header, property or the partner directory cannot run"
      )
      return nil
    }
    return value
  }
}
