import Artifacts
import Crypto
import TenantBase

/// The first line of a keystore.
struct KeystoreHeader: Sendable, Equatable {
  static let version: UInt64 = 1

  var storeID: StoreIdentifier
  /// Goes up by one with each change of the file.
  var generation: UInt64
  var sealingKey: SealingKey
  var slots: [KeySlot]

  enum ReadFault: Error {
    case malformed
    case unsupportedVersion(Int)
  }

  /// - Parameter range: the line without its line end.
  init(_ bytes: [UInt8], in range: Range<Int>) throws(ReadFault) {
    var line = LineReader(bytes, in: range)
    let version: UInt64
    do throws(LineReader.Fault) {
      try line.expect("{\"format\":\"tenant-keystore\",\"version\":")
      version = try line.number()
    } catch { throw .malformed }
    guard version == Self.version else { throw .unsupportedVersion(Int(clamping: version)) }
    do throws(LineReader.Fault) { self = try Self.read(from: &line) } catch { throw .malformed }
  }

  private static func read(from line: inout LineReader) throws(LineReader.Fault) -> KeystoreHeader {
    try line.expect(",\"store\":")
    let storeOffset = line.offset
    guard let storeID = StoreIdentifier(try line.hexadecimal(count: StoreIdentifier.length)) else {
      throw LineReader.Fault(offset: storeOffset)
    }
    try line.expect(",\"generation\":")
    let generation = try line.number()
    try line.expect(",\"sealingKey\":")
    guard
      let key = SealingKey(storeID: storeID, publicKey: try line.base64(count: SealedBox.publicKeyLength))
    else { throw LineReader.Fault(offset: line.offset) }
    try line.expect(",\"slots\":[")
    let slots = try readSlots(from: &line)
    try line.expect("]}")
    try line.expectEnd()
    return KeystoreHeader(storeID: storeID, generation: generation, sealingKey: key, slots: slots)
  }

  private static func readSlots(from line: inout LineReader) throws(LineReader.Fault) -> [KeySlot] {
    var slots: [KeySlot] = []
    repeat {
      let slot = try KeySlot(from: &line)
      slots.append(slot)
      guard slots.count <= KeystoreLimits.slots,
        slots.filter({ $0.method.isPassphrase }).count <= KeystoreLimits.passphraseSlots,
        slots.filter({ $0.id == slot.id }).count == 1
      else { throw LineReader.Fault(offset: line.offset) }
    } while line.skip(",")
    return slots
  }

  init(storeID: StoreIdentifier, generation: UInt64, sealingKey: SealingKey, slots: [KeySlot]) {
    self.storeID = storeID
    self.generation = generation
    self.sealingKey = sealingKey
    self.slots = slots
  }

  /// The line without its line end.
  var bytes: [UInt8] {
    var line = LineWriter()
    line.raw("{\"format\":\"tenant-keystore\",\"version\":")
    line.number(Self.version)
    line.raw(",\"store\":")
    line.hexadecimal(storeID.bytes)
    line.raw(",\"generation\":")
    line.number(generation)
    line.raw(",\"sealingKey\":")
    line.base64(sealingKey.publicKey)
    line.raw(",\"slots\":[")
    for (index, slot) in slots.enumerated() {
      if index > 0 { line.raw(",") }
      slot.write(to: &line)
    }
    line.raw("]}")
    return line.bytes
  }
}
