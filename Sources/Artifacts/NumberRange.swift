import TenantBase

/// A range of numbers for messages, such as interchange numbers. It holds no secret.
package struct NumberRange: Sendable, Equatable {
  package static let elementName = "NumberRange"
  package static let title = "Number Range"

  package var name: ArtifactName
  package var description: String
  package var minimum: Int64
  package var maximum: Int64
  /// Begins again at the minimum after the maximum.
  package var rotates: Bool
  /// Digits of a number, with zeros in front; 0 writes it as it is.
  package var fieldLength: Int

  /// As in SAP Cloud Integration: fewer than 15 digits.
  package static let longestField = 14
  package static let highestMaximum: Int64 = 99_999_999_999_999

  /// - Throws: what cannot be.
  package init(
    name: ArtifactName, description: String = "", minimum: Int64, maximum: Int64, rotates: Bool = false,
    fieldLength: Int = 0
  ) throws(Fault) {
    guard minimum >= 0 else { throw .minimum }
    guard maximum <= Self.highestMaximum else { throw .maximum }
    guard minimum < maximum else { throw .order }
    guard fieldLength >= 0, fieldLength <= Self.longestField else { throw .fieldLength }
    guard fieldLength == 0 || fieldLength >= String(maximum).count else { throw .fieldTooShort(String(maximum).count) }
    self.name = name
    self.description = description
    self.minimum = minimum
    self.maximum = maximum
    self.rotates = rotates
    self.fieldLength = fieldLength
  }

  package enum Fault: Error, Sendable, Equatable {
    case minimum
    case maximum
    case order
    case fieldLength
    /// It needs as many digits.
    case fieldTooShort(Int)

    /// A sentence without full stop.
    package var text: String {
      switch self {
      case .minimum: "the minimum is 0 or more"
      case .maximum: "the maximum has fewer than 15 digits"
      case .order: "the minimum is less than the maximum"
      case .fieldLength: "the field length is 0 to \(NumberRange.longestField)"
      case .fieldTooShort(let digits): "the field length is 0, or at least \(digits), the digits of the maximum"
      }
    }

    var element: String {
      switch self {
      case .minimum: "Minimum"
      case .maximum, .order: "Maximum"
      case .fieldLength, .fieldTooShort: "FieldLength"
      }
    }
  }
}
