import FlowEngine
import TenantBase

extension StateStore: NumberRangeSource {
  /// The number is taken for good before this returns, whatever becomes of the run.
  package func nextNumber(of range: String, correlationID: String?, for scope: StateScope) throws -> String? {
    try database.nextNumber(of: range, correlationID: correlationID, at: scope.now)
  }
}

extension StateStore {
  /// Sorted by name.
  package func numberRanges() throws(MessageStoreError) -> [DeployedNumberRange] { try database.numberRanges() }
}

/// The number ranges of a tenant. They need neither a keystore nor a file.
extension TenantDatabase {
  func nextNumber(of range: String, correlationID: String?, at now: Timestamp) throws -> String? {
    let title = "the number range '\(PrintableText.escaping(range, limit: 200))'"
    // In one transaction, which other processes wait for; it is on disk when it ends.
    let outcome = try connection.perform(.write, "take a number of \(title)") {
      (session) throws(MessageStoreError) -> Taking in
      guard let deployed = try Self.numberRange(range, session) else { return .unknown }
      if let correlationID, let number = try Self.given(range, correlationID, at: now, session) {
        return .number(deployed.rule.text(number))
      }
      guard let number = deployed.next else { return .exhausted }
      let next = deployed.rule.next(after: number)
      try session.run(
        "UPDATE number_range SET next = ?2, highest = max(ifnull(highest, ?3), ?3) WHERE name = ?1",
        [.text(range), .integer(next), .integer(number)])
      if let correlationID {
        try session.run(
          "INSERT OR REPLACE INTO number_range_use (range, correlation, number, given_on) VALUES (?1, ?2, ?3, ?4)",
          [.text(range), .text(correlationID), .integer(number), .integer(now.milliseconds)])
      }
      return .number(deployed.rule.text(number))
    }
    switch outcome {
    case .number(let text): return text
    case .unknown: return nil
    case .exhausted: throw StateError(.exhausted, title)
    }
  }

  private enum Taking: Sendable {
    case number(String)
    case unknown
    case exhausted
  }

  private static func given(
    _ range: String, _ correlationID: String, at now: Timestamp, _ session: borrowing SQLiteSession
  ) throws(MessageStoreError) -> Int64? {
    try session.run(
      "DELETE FROM number_range_use WHERE given_on < ?1",
      [.integer(now.advanced(byDays: -StateLimits.correlationDays).milliseconds)])
    return try session.rows(
      "SELECT number FROM number_range_use WHERE range = ?1 AND correlation = ?2",
      [.text(range), .text(correlationID)]
    ).first?.first?.integer
  }

  // MARK: Deployment

  /// Sorted by name.
  package func numberRanges() throws(MessageStoreError) -> [DeployedNumberRange] {
    try connection.perform(.read, "read the number ranges") { (session) throws(MessageStoreError) in
      var result: [DeployedNumberRange] = []
      for row in try session.rows(Self.selectRange + " ORDER BY name") { result.append(try Self.range(row, session)) }
      return result
    }
  }

  /// Puts number ranges in the place of those of the same names, whose numbers go on where they were.
  package func deploy(
    _ rules: [NumberRangeRule], by person: String, on moment: Timestamp
  ) throws(MessageStoreError) {
    try connection.perform(.write, "deploy number ranges") { (session) throws(MessageStoreError) in
      for rule in rules {
        let before = try Self.numberRange(rule.name, session)
        let last = before.map { $0.next ?? ($0.rule.maximum &+ 1) } ?? rule.minimum
        try session.run(
          """
          INSERT INTO number_range
          (name, description, minimum, maximum, rotates, field_length, next, deployed_by, deployed_on)
          VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
          ON CONFLICT (name) DO UPDATE SET description = ?2, minimum = ?3, maximum = ?4, rotates = ?5,
          field_length = ?6, next = ?7, deployed_by = ?8, deployed_on = ?9
          """,
          [
            .text(rule.name), .text(rule.description), .integer(rule.minimum), .integer(rule.maximum),
            .integer(rule.rotates ? 1 : 0), .integer(Int64(rule.fieldLength)), .integer(rule.starting(at: last)),
            .text(person), .integer(moment.milliseconds),
          ])
      }
    }
  }

  /// Names under which nothing is deployed are passed over. The counters are gone then.
  package func undeployNumberRanges(_ names: [String]) throws(MessageStoreError) {
    try connection.perform(.write, "undeploy number ranges") { (session) throws(MessageStoreError) in
      for name in names { try session.run("DELETE FROM number_range WHERE name = ?1", [.text(name)]) }
    }
  }

  /// Sets the number that the next message gets.
  ///
  /// - Parameter allowsRepetition: also a number that may have been given already.
  /// - Returns: false when it may have been given already and that is not allowed; nothing is changed then.
  package func setNextNumber(
    of range: String, to number: Int64, allowsRepetition: Bool
  ) throws(MessageStoreError) -> Bool {
    try connection.perform(.write, "set the next number") { (session) throws(MessageStoreError) in
      guard let deployed = try Self.numberRange(range, session) else { return false }
      guard allowsRepetition || deployed.highestGiven.map({ number > $0 }) ?? true else { return false }
      try session.run("UPDATE number_range SET next = ?2 WHERE name = ?1", [.text(range), .integer(number)])
      return true
    }
  }

  private static let selectRange =
    "SELECT name, description, minimum, maximum, rotates, field_length, next, highest, deployed_by, deployed_on "
    + "FROM number_range"

  private static func numberRange(
    _ name: String, _ session: borrowing SQLiteSession
  ) throws(MessageStoreError) -> DeployedNumberRange? {
    guard let row = try session.rows(selectRange + " WHERE name = ?1", [.text(name)]).first else { return nil }
    return try range(row, session)
  }

  private static func range(
    _ row: [SQLiteValue], _ session: borrowing SQLiteSession
  ) throws(MessageStoreError) -> DeployedNumberRange {
    guard row.count == 10, let name = row[0].text, let description = row[1].text, let minimum = row[2].integer,
      let maximum = row[3].integer, let rotates = row[4].integer, let length = row[5].integer,
      let next = row[6].integer, let person = row[8].text, let moment = row[9].integer
    else { throw session.damaged("a number range") }
    let rule = NumberRangeRule(
      name: name, description: description, minimum: minimum, maximum: maximum, rotates: rotates == 1,
      fieldLength: Int(length))
    return DeployedNumberRange(
      rule: rule, next: (minimum...maximum).contains(next) ? next : nil, highestGiven: row[7].integer,
      deployedBy: person, deployedOn: Timestamp(milliseconds: moment))
  }
}

extension NumberRangeRule {
  /// One past the maximum says that the range is used up.
  fileprivate func next(after number: Int64) -> Int64 {
    number < maximum ? number + 1 : rotates ? minimum : maximum &+ 1
  }

  /// Where the range goes on that was at `number` under another rule.
  fileprivate func starting(at number: Int64) -> Int64 {
    number < minimum ? minimum : number <= maximum ? number : rotates ? minimum : maximum &+ 1
  }
}
