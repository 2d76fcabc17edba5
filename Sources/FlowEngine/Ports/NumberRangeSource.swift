import TenantBase

/// Gives the numbers of the deployed number ranges.
package protocol NumberRangeSource: Sendable {
  /// The next number of a range; no number is given twice before the range begins anew.
  ///
  /// - Parameter correlationID: who asks again with the same one gets the same number again; nil for a new number.
  /// - Returns: with zeros in front where the range has a field length; nil when no such range is deployed.
  /// - Throws: when the range is used up and does not rotate.
  func nextNumber(of range: String, correlationID: String?, for scope: StateScope) throws -> String?
}

/// What a number range is to do.
package struct NumberRangeRule: Sendable, Equatable {
  package let name: String
  package let description: String
  /// 0 or more.
  package let minimum: Int64
  /// Not less than the minimum.
  package let maximum: Int64
  /// Begins again at the minimum after the maximum; else it is used up then.
  package let rotates: Bool
  /// Digits of a number, with zeros in front; 0 writes it as it is.
  package let fieldLength: Int

  package init(
    name: String, description: String, minimum: Int64, maximum: Int64, rotates: Bool, fieldLength: Int
  ) {
    self.name = name
    self.description = description
    self.minimum = minimum
    self.maximum = maximum
    self.rotates = rotates
    self.fieldLength = fieldLength
  }

  /// A number as a message shows it.
  package func text(_ number: Int64) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, fieldLength - digits.count)) + digits
  }
}

/// A number range as it is deployed.
package struct DeployedNumberRange: Sendable, Equatable {
  package let rule: NumberRangeRule
  /// What the next message gets; nil when the range is used up.
  package let next: Int64?
  /// The highest number that was ever given; nil when none was.
  package let highestGiven: Int64?
  package let deployedBy: String
  package let deployedOn: Timestamp

  package init(
    rule: NumberRangeRule, next: Int64?, highestGiven: Int64?, deployedBy: String, deployedOn: Timestamp
  ) {
    self.rule = rule
    self.next = next
    self.highestGiven = highestGiven
    self.deployedBy = deployedBy
    self.deployedOn = deployedOn
  }
}
