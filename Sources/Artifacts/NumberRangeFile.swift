import TenantBase
import XMLTree

/// The artifact file of a number range.
package enum NumberRangeFile {
  private static let elements = ["Description", "Minimum", "Maximum", "Rotate", "FieldLength"]

  /// Whether the root element of an artifact file is a number range. Nothing else of the file becomes text.
  package static func matches(_ bytes: [UInt8]) -> Bool {
    guard bytes.count <= ArtifactLimits.fileBytes,
      let name = ArtifactMarkup(of: bytes, secretNames: []).root?.name
    else { return false }
    let local = bytes[name].split(separator: 0x3A).last ?? []
    return local.elementsEqual(NumberRange.elementName.utf8)
  }

  /// - Parameter file: as the user named it, for messages.
  package static func read(_ bytes: [UInt8], file: String) throws(ArtifactError) -> NumberRange {
    let root: XMLElement
    do throws(XMLError) { root = try XMLTreeParser().parse(bytes, file: file) } catch {
      throw ArtifactError(error, file: file)
    }
    return try Reader(file: file, root: root).read()
  }

  package static func write(_ range: NumberRange) throws(XMLError) -> [UInt8] {
    var text = """
      <?xml version="1.0" encoding="UTF-8"?>
      <!-- Number Range. It holds no secret.
           tenant deploy-artifact FILE  deploys it; a range that is deployed already goes on where it was. -->
      <\(NumberRange.elementName) xmlns="\(ArtifactFile.namespace)" Name="\(try XMLEscaping.attribute(range.name.text))">

      """
    text += "  <Description>\(try XMLEscaping.content(range.description))</Description>\n"
    text += "  <Minimum>\(range.minimum)</Minimum>\n  <Maximum>\(range.maximum)</Maximum>\n"
    text += "  <Rotate>\(range.rotates)</Rotate>\n  <FieldLength>\(range.fieldLength)</FieldLength>\n"
    return Array((text + "</\(NumberRange.elementName)>\n").utf8)
  }

  private struct Reader {
    let file: String
    let root: XMLElement

    func read() throws(ArtifactError) -> NumberRange {
      guard root.localName == NumberRange.elementName, root.namespaceURI == ArtifactFile.namespace else {
        throw ArtifactError(
          .unknownElement(root.localName), "the element '\(root.localName)' is not in the namespace of artifacts",
          at: place(root), hints: ["write: <\(NumberRange.elementName) xmlns=\"\(ArtifactFile.namespace)\" ...>"])
      }
      try checkElements()
      let name = try name()
      let description = element("Description")?.text.trimmingBlanks ?? ""
      guard description.unicodeScalars.count <= ArtifactLimits.descriptionCharacters else {
        throw bad("Description", "is longer than \(ArtifactLimits.descriptionCharacters) characters")
      }
      let (minimum, maximum) = (try number("Minimum", default: nil), try number("Maximum", default: nil))
      let (rotates, fieldLength) = (try flag("Rotate"), try number("FieldLength", default: 0))
      do throws(NumberRange.Fault) {
        return try NumberRange(
          name: name, description: description, minimum: minimum, maximum: maximum, rotates: rotates,
          fieldLength: Int(clamping: fieldLength))
      } catch {
        throw bad(error)
      }
    }

    private func bad(_ fault: NumberRange.Fault) -> ArtifactError {
      ArtifactError(.badValue(fault.element), fault.text, at: place(element(fault.element) ?? root))
    }

    private func bad(_ name: String, _ reason: String) -> ArtifactError {
      ArtifactError(.badValue(name), "the element '\(name)' \(reason)", at: place(element(name) ?? root))
    }

    private func place(_ element: XMLElement) -> SourcePlace { SourcePlace(file: file, line: element.line) }

    private func element(_ name: String) -> XMLElement? { root.children.first { $0.localName == name } }

    private func checkElements() throws(ArtifactError) {
      for attribute in root.attributes where attribute.name.namespaceURI != nil || attribute.name.localName != "Name" {
        let name = PrintableText.escaping(attribute.name.qualified)
        throw ArtifactError(
          .unknownAttribute(name), "the attribute '\(name)' of '\(root.localName)' is not known", at: place(root),
          hints: ["allowed are: Name"])
      }
      var seen: Set<String> = []
      for child in root.children {
        guard child.namespaceURI == ArtifactFile.namespace, NumberRangeFile.elements.contains(child.localName),
          child.children.isEmpty, child.attributes.isEmpty
        else {
          throw ArtifactError(
            .unknownElement(child.localName),
            "the element '\(PrintableText.escaping(child.name.qualified))' is not known here", at: place(child),
            hints: ["allowed are, with text only: " + NumberRangeFile.elements.joined(separator: ", ")])
        }
        guard seen.insert(child.localName).inserted else {
          throw ArtifactError(
            .repeated(child.localName), "the element '\(child.localName)' stands there twice", at: place(child))
        }
      }
    }

    private func name() throws(ArtifactError) -> ArtifactName {
      guard let text = root.attribute("Name") else {
        throw ArtifactError(.missing("Name"), "the attribute 'Name' is missing", at: place(root))
      }
      do throws(NameFault) { return try ArtifactName(text) } catch {
        throw ArtifactError(
          .badName(error), "the name '\(PrintableText.escaping(text))' \(error.text)", at: place(root))
      }
    }

    /// - Parameter fallback: nil when the element must be there.
    private func number(_ name: String, default fallback: Int64?) throws(ArtifactError) -> Int64 {
      guard let text = element(name)?.text.trimmingBlanks, !text.isEmpty else {
        if let fallback { return fallback }
        throw ArtifactError(.missing(name), "the element '\(name)' is missing", at: place(root))
      }
      guard let number = Int64(text), text.utf8.allSatisfy(ASCII.isDigit) else {
        throw bad(name, "is no whole number of 0 or more: '\(PrintableText.escaping(text, limit: 40))'")
      }
      return number
    }

    private func flag(_ name: String) throws(ArtifactError) -> Bool {
      switch element(name)?.text.trimmingBlanks.lowercased() {
      case nil, "", "false", "0": return false
      case "true", "1": return true
      default: throw bad(name, "is true or false")
      }
    }
  }
}

extension String {
  fileprivate var trimmingBlanks: String {
    let isBlank = { (character: Character) in character.isWhitespace }
    return String(drop(while: isBlank).reversed().drop(while: isBlank).reversed())
  }
}
