import TenantBase

/// The name of a deployed artifact: the Credential Name or alias by which channels refer to it. Case-sensitive.
///
/// 1 to 150 characters, no control characters, no blank at either end.
package struct ArtifactName: Sendable, Hashable, Comparable, CustomStringConvertible {
  package let text: String

  /// - Throws: what the name lacks.
  package init(_ text: String) throws(NameFault) {
    if let fault = NameFault(of: text, limit: ArtifactLimits.nameCharacters) { throw fault }
    self.text = text
  }

  package var description: String { text }

  /// By the bytes of UTF-8, so that every implementation sorts alike.
  package static func < (left: ArtifactName, right: ArtifactName) -> Bool {
    left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
  }

  /// Two names are the same when their bytes are: `String` would take two spellings of one accent for equal.
  package static func == (left: ArtifactName, right: ArtifactName) -> Bool {
    left.text.utf8.elementsEqual(right.text.utf8)
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(text) }
}

/// Why a text cannot be a name.
package enum NameFault: Error, Sendable, Equatable {
  case empty
  case tooLong(limit: Int)
  case controlCharacter
  case blankAtEnd

  init?(of text: String, limit: Int) {
    // The usual case, without a look into the tables of Unicode.
    let bytes = text.utf8
    if let first = bytes.first, let last = bytes.last, bytes.count <= limit, first != 0x20, last != 0x20,
      bytes.allSatisfy({ $0 >= 0x20 && $0 < 0x7F })
    {
      return nil
    }
    let scalars = text.unicodeScalars
    guard let first = scalars.first, let last = scalars.last else {
      self = .empty
      return
    }
    if scalars.count > limit {
      self = .tooLong(limit: limit)
    } else if scalars.contains(where: { $0.isControl }) {
      self = .controlCharacter
    } else if first.properties.isWhitespace || last.properties.isWhitespace {
      self = .blankAtEnd
    } else {
      return nil
    }
  }

  /// Follows "the name" in a message.
  package var text: String {
    switch self {
    case .empty: "is empty"
    case .tooLong(let limit): "is longer than \(limit) characters"
    case .controlCharacter: "holds a control character"
    case .blankAtEnd: "begins or ends with a blank"
    }
  }
}

extension Unicode.Scalar {
  /// Control characters, line separators, and marks that change the direction of the text around them.
  var isControl: Bool {
    switch properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator: true
    default: (0x202A...0x202E).contains(value) || (0x2066...0x2069).contains(value)
    }
  }
}

/// Sizes of artifacts, in characters (Unicode scalars) where not said otherwise.
package enum ArtifactLimits {
  /// As in SAP Cloud Integration.
  package static let nameCharacters = 150
  /// As in SAP Cloud Integration.
  package static let passwordCharacters = 255
  /// As in SAP Cloud Integration.
  package static let parameterCharacters = 4096
  package static let userCharacters = 320
  package static let descriptionCharacters = 1000
  package static let fieldCharacters = 255
  package static let allowedHosts = 64
  /// A host name has at most 253 characters (RFC 1035 section 2.3.4).
  package static let hostCharacters = 253
  /// Bytes of an artifact file.
  package static let fileBytes = 256 * 1024
  /// Bytes of a sealed value's text: the longest secret with its names, in base64.
  package static let sealedBytes = 32 * 1024
}
