import FlowEngine
import TenantBase

extension LedgerStore {
  static let deliveryColumns =
    "number, source, point, flow_version, channel, token, message_id, envelope, size"

  /// The deliveries that a condition names, with their targets, in order.
  func deliveries(
    where condition: String, _ values: [SQLiteValue], _ session: borrowing SQLiteSession
  ) throws(MessageStoreError) -> [JournaledDelivery] {
    var found: [JournaledDelivery] = []
    let rows = try session.rows(
      "SELECT \(Self.deliveryColumns) FROM delivery WHERE \(condition) ORDER BY number", values)
    for row in rows {
      guard let number = row[0].integer, let source = row[1].integer,
        let point = row[2].text.flatMap(DeliveryPoint.init(stored:)), let version = row[3].text,
        let channel = row[4].text, let token = row[5].text, let messageID = row[6].text, let envelope = row[7].bytes,
        let size = row[8].integer
      else { throw session.damaged("a delivery of the journal") }
      found.append(
        JournaledDelivery(
          number: number, key: DeliveryKey(source: SourceMessageID(rawValue: source), point: point),
          flowVersion: version, channelName: channel, token: token, messageID: messageID, envelope: envelope,
          targets: try targets(of: number, session), byteCount: Int(size)))
    }
    return found
  }

  private func targets(
    of delivery: Int64, _ session: borrowing SQLiteSession
  ) throws(MessageStoreError) -> [DeliveryTarget] {
    var targets: [DeliveryTarget] = []
    let rows = try session.rows(
      "SELECT name, state, answer, since FROM delivery_target WHERE delivery = ?1 ORDER BY position",
      [.integer(delivery)])
    for row in rows {
      guard let name = row[0].text, let state = row[1].text.flatMap(DeliveryTarget.State.init(rawValue:)),
        let answer = row[2].text, let since = row[3].integer
      else { throw session.damaged("a target of the journal") }
      targets.append(
        DeliveryTarget(
          name: name, outcome: DeliveryTarget.Outcome(state, answer: answer), since: Timestamp(milliseconds: since)))
    }
    return targets
  }
}

extension DeliveryPoint {
  /// `0/2.1/MessageFlow_7`: ordinal, lineage, element; the element's id may hold anything.
  var storedText: String { "\(ordinal)/\(lineage.map(String.init).joined(separator: "."))/\(elementID)" }

  init?(stored text: String) {
    let parts = text.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, let ordinal = Int(parts[0]) else { return nil }
    var lineage: [Int] = []
    for step in parts[1].split(separator: ".") {
      guard let number = Int(step) else { return nil }
      lineage.append(number)
    }
    self.init(elementID: String(parts[2]), lineage: lineage, ordinal: ordinal)
  }
}
