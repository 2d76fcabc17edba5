import Artifacts
import Crypto
import System
import TenantBase

extension Vault {
  /// What adding a slot did.
  package struct AddedSlot: Sendable {
    package let slot: KeySlot
    /// The key file that was made; nil for a passphrase or an existing key file.
    package let createdFile: String?
  }

  /// Adds a way to open the keystore. The master key stays: every other slot, and a copy kept elsewhere, stays valid.
  package func addSlot(_ newSlot: NewKeySlot) throws(KeystoreError) -> AddedSlot {
    try withLockedState { (base, folder) throws(KeystoreError) in
      let made = try newSlot.makeSlot(for: base.keys.master, storeID: base.header.storeID, at: location)
      do throws(KeystoreError) {
        var header = base.header
        header.slots.append(made.slot)
        try Self.checkSlots(header.slots)
        header.generation += 1
        let lines = base.sortedKeys.compactMap { base.line(for: $0) }
        let bytes = KeystoreFile.render(header: header, lines: lines, keys: base.keys)
        try write(bytes, keys: base.keys, previous: .keep, in: folder)
      } catch {
        Self.withdraw(made, from: folder)
        throw error
      }
      return AddedSlot(slot: made.slot, createdFile: made.createdFile)
    }
  }

  /// Makes a new master key and encrypts every entry again; what the old key opens is gone from the folder.
  ///
  /// The new master key goes into every slot that stays, for which each slot's own key must be at hand in `sources`.
  /// - Parameters:
  ///   - removed: slots that end; their keys open nothing any more.
  ///   - added: a slot that comes in the same step: with a removed one, a changed passphrase.
  /// - Throws: `.slotNotOpenable` naming the slot whose key is missing; `.unknownSlot`; `.lastSlot`.
  @discardableResult
  package func rotate(
    keys sources: KeySources, removing removed: Set<String> = [], adding added: NewKeySlot? = nil
  ) throws(KeystoreError) -> AddedSlot? {
    try withLockedState { (base, folder) throws(KeystoreError) in
      let kept = try slotsToKeep(of: base, removing: removed, hasNew: added != nil)
      let keys = MasterKeys.random()
      var slots: [KeySlot] = []
      for slot in kept { slots.append(try rewrap(slot, of: base, with: keys, sources: sources)) }
      let made = try added?.makeSlot(for: keys.master, storeID: base.header.storeID, at: location)
      if let made { slots.append(made.slot) }
      do throws(KeystoreError) {
        try Self.checkSlots(slots)
        let bytes = try Self.reencrypt(base, with: keys, slots: slots)
        try write(bytes, keys: keys, previous: .replaceByNew, in: folder)
      } catch {
        if let made { Self.withdraw(made, from: folder) }
        throw error
      }
      return made.map { AddedSlot(slot: $0.slot, createdFile: $0.createdFile) }
    }
  }

  private func slotsToKeep(
    of base: KeystoreState, removing removed: Set<String>, hasNew: Bool
  ) throws(KeystoreError) -> [KeySlot] {
    let slots = base.header.slots
    for id in removed where !slots.contains(where: { $0.id == id }) {
      throw KeystoreError(
        .unknownSlot, "the keystore has no key '\(PrintableText.escaping(id))'",
        hints: ["its keys are: " + slots.map { "\($0.id) (\($0.method.title))" }.joined(separator: ", ")],
        failureClass: .badInput)
    }
    let kept = slots.filter { !removed.contains($0.id) }
    guard !kept.isEmpty || hasNew else {
      throw KeystoreError(
        .lastSlot, "the last key cannot be removed: nothing would open the keystore any more",
        hints: ["add another one first: tenant keystore add-key --passphrase"], failureClass: .refused)
    }
    return kept
  }

  private func rewrap(
    _ slot: KeySlot, of base: KeystoreState, with keys: MasterKeys, sources: KeySources
  ) throws(KeystoreError) -> KeySlot {
    let storeID = base.header.storeID
    guard let key = try sources.key(for: slot, storeID: storeID, at: location) else {
      var hints = ["remove that slot in the same step: tenant keystore remove-key \(slot.id)"]
      if slot.method.isPassphrase { hints.insert("run it on a terminal: there the passphrase is asked for", at: 0) }
      throw KeystoreError(
        .slotNotOpenable, "the key of slot \(slot.id) (\(slot.method.title)) is not at hand; nothing was changed",
        cause: "a new master key must be put into every slot that stays", hints: hints, failureClass: .refused)
    }
    guard let master = slot.unwrap(with: key, storeID: storeID), master.isEqual(to: base.keys.master) else {
      // To remove the slot is no advice here: a slip of the finger would cost a good passphrase.
      throw KeystoreError(
        .slotNotOpenable, "the \(slot.method.title) does not fit slot \(slot.id); nothing was changed",
        cause: "a new master key must be put into every slot that stays", failureClass: .refused)
    }
    return KeySlot.wrapping(
      keys.master, with: key, id: slot.id, method: slot.method, created: slot.created, storeID: storeID)
  }

  /// The whole file under new keys: every secret is opened and sealed again, one at a time.
  private static func reencrypt(
    _ base: KeystoreState, with keys: MasterKeys, slots: [KeySlot]
  ) throws(KeystoreError) -> [UInt8] {
    let storeID = base.header.storeID
    guard let sealingKey = SealingKey(storeID: storeID, publicKey: keys.sealingPublicKey) else {
      throw .cannotOpen(base.path)
    }
    let generation = base.header.generation + 1
    let header = KeystoreHeader(storeID: storeID, generation: generation, sealingKey: sealingKey, slots: slots)
    var lines: [EntryKey: ArraySlice<UInt8>] = [:]
    for key in base.sortedKeys {
      guard let stored = try base.storedEntry(for: key) else { continue }
      lines[key] =
        stored.sealed == nil
        ? base.line(for: key)
        : StoredEntry(stored.entry, secret: try base.secret(of: stored), storeID: storeID, keys: keys).line[...]
    }
    let retired = try retiredKey(of: base, generation: generation)
    lines[EntryKey(space: .retiredSealingKeys, alias: retired.alias)] =
      StoredEntry(retired, secret: base.keys.sealingSeed, storeID: storeID, keys: keys).line[...]
    try dropOldest(&lines, of: base)
    try renewStateKey(&lines, of: base, generation: generation, keys: keys)
    return KeystoreFile.render(header: header, lines: lines.keys.sorted().compactMap { lines[$0] }, keys: keys)
  }

  /// The sealing key so far becomes an entry, so that what was sealed to it still opens.
  private static func retiredKey(of base: KeystoreState, generation: UInt64) throws(KeystoreError) -> KeystoreEntry {
    let identifier = base.header.sealingKey.identifier.description
    guard let alias = try? ArtifactName(identifier) else { throw .cannotOpen(base.path) }
    return KeystoreEntry(
      content: .retiredSealingKey(alias), version: generation, deployedBy: "",
      deployedOn: WallTime(seconds: WallTime.now.seconds))
  }

  private static func dropOldest(
    _ lines: inout [EntryKey: ArraySlice<UInt8>], of base: KeystoreState
  ) throws(KeystoreError) {
    var retired: [(version: UInt64, key: EntryKey)] = []
    for key in base.sortedKeys where key.space == .retiredSealingKeys {
      if let version = try base.storedEntry(for: key)?.entry.version { retired.append((version, key)) }
    }
    // The one that was added in this step is not among them.
    let surplus = retired.count + 1 - KeystoreLimits.retiredSealingKeys
    guard surplus > 0 else { return }
    for (_, key) in retired.sorted(by: { $0.version < $1.version }).prefix(surplus) { lines[key] = nil }
  }

  private static func checkSlots(_ slots: [KeySlot]) throws(KeystoreError) {
    guard slots.count <= KeystoreLimits.slots,
      slots.filter({ $0.method.isPassphrase }).count <= KeystoreLimits.passphraseSlots
    else {
      throw KeystoreError(
        .tooManySlots,
        "the keystore takes at most \(KeystoreLimits.slots) keys, \(KeystoreLimits.passphraseSlots) of them passphrases",
        failureClass: .refused)
    }
  }
}
