import TenantBase
import XMLTree

/// Why an artifact file cannot be used.
package struct ArtifactError: ExplainedError {
  package enum Kind: Sendable, Equatable {
    case notXML(XMLError.Kind)
    /// Not one of our elements, or another namespace.
    case unknownElement(String)
    case unknownAttribute(String)
    case repeated(String)
    case missing(String)
    case badName(NameFault)
    case badValue(String)
    /// A secret stands in the file as it is.
    case plainSecret
    case badSealedValue
    /// The file's own encoding does not allow to change one place and keep the rest.
    case unsupportedEncoding
    case badSecret(SecretRule.Fault)
  }

  package let kind: Kind
  package let place: SourcePlace
  package let explanation: Explanation

  package var failureClass: FailureClass { .badInput }

  init(_ kind: Kind, _ summary: String, at place: SourcePlace, cause: String? = nil, hints: [String] = []) {
    self.kind = kind
    self.place = place
    explanation = Explanation(summary, places: [place.description], cause: cause, hints: hints)
  }

  init(_ error: XMLError, file: String) {
    kind = .notXML(error.kind)
    place = SourcePlace(file: file, line: error.line)
    explanation = error.explanation
  }
}
