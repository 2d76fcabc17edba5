import Artifacts
import Crypto
import System
import TenantBase
import Testing

@testable import Keystore

/// A keystore in memory, with the keys that made it: what a reader with the right key thinks of changed bytes.
private struct Store {
  let storeID = StoreIdentifier.random()
  let keys = MasterKeys.random()

  func header(generation: UInt64 = 7) -> KeystoreHeader {
    let slot = KeySlot.wrapping(
      keys.master, with: SecretBytes.random(count: 32), id: "00c0ffee", method: .keyFile(path: nil),
      created: WallTime(seconds: 0), storeID: storeID)
    guard let key = SealingKey(storeID: storeID, publicKey: keys.sealingPublicKey) else { preconditionFailure() }
    return KeystoreHeader(storeID: storeID, generation: generation, sealingKey: key, slots: [slot])
  }

  func entry(_ name: String, version: UInt64 = 3, password: String = "x") -> StoredEntry {
    let credentials = UserCredentials(name: alias(name), user: "u")
    let entry = KeystoreEntry(
      content: .userCredentials(credentials), version: version, deployedBy: "t", deployedOn: WallTime(seconds: 1))
    return StoredEntry(entry, secret: secret(password), storeID: storeID, keys: keys)
  }

  func file(_ entries: [StoredEntry]) -> [UInt8] {
    KeystoreFile.render(header: header(), lines: entries.map { $0.line[...] }, keys: keys)
  }

  /// Why the bytes are refused; nil when they are not.
  func refusal(_ bytes: [UInt8]) -> KeystoreError.Kind? {
    do throws(KeystoreError) {
      let file = try KeystoreFile(bytes, path: "k")
      let state = try KeystoreState(file: file, keys: keys, path: "k", identity: nil)
      for key in state.sortedKeys { _ = try state.secret(for: key) }
      return nil
    } catch { return error.kind }
  }
}

private func lines(of file: [UInt8]) -> [[UInt8]] {
  file.split(separator: 0x0A).map { Array($0) }
}

private func file(of lines: [[UInt8]]) -> [UInt8] { lines.flatMap { $0 + [0x0A] } }

struct TamperingTests {
  private let store = Store()

  @Test func `every flipped bit is refused`() {
    let bytes = store.file([store.entry("a")])
    #expect(store.refusal(bytes) == nil)
    var accepted: [Int] = []
    for position in 0..<(bytes.count * 8) {
      var changed = bytes
      changed[position / 8] ^= 1 << UInt8(position % 8)
      if store.refusal(changed) == nil { accepted.append(position) }
    }
    #expect(accepted.isEmpty)
  }

  @Test func `every shorter file and every added byte is refused`() {
    let bytes = store.file([store.entry("a")])
    #expect((0..<bytes.count).allSatisfy { store.refusal(Array(bytes[..<$0])) != nil })
    #expect((UInt8.min...UInt8.max).allSatisfy { store.refusal(bytes + [$0]) != nil })
    #expect((UInt8.min...UInt8.max).allSatisfy { store.refusal([$0] + bytes) != nil })
    #expect(store.refusal(bytes + bytes) != nil)
  }

  @Test func `entries that are swapped, removed or doubled are refused`() {
    let names = (10..<30).map { "name-\($0)" }
    let good = lines(of: store.file(names.map { store.entry($0) }))
    #expect(store.refusal(file(of: good)) == nil)
    var attempts = 0
    func attempt(_ change: (inout [[UInt8]]) -> Void) {
      var changed = good
      change(&changed)
      attempts += 1
      if store.refusal(file(of: changed)) == nil { Issue.record("accepted attempt \(attempts)") }
    }
    for first in 1...20 {
      attempt { $0.remove(at: first) }
      attempt { $0.insert($0[first], at: first) }
      for second in (1...20) where second > first {
        attempt { $0.swapAt(first, second) }
        // The names stay, the secrets are exchanged.
        attempt { lines in
          let split = { (line: [UInt8]) in ByteSearch.firstIndex(of: Array(",\"nonce\"".utf8), in: line) ?? 0 }
          let (one, two) = (lines[first], lines[second])
          lines[first] = Array(one[..<split(one)] + two[split(two)...])
          lines[second] = Array(two[..<split(two)] + one[split(one)...])
        }
      }
    }
    #expect(attempts == 420)
  }

  @Test func `a secret opens under its own name, version, dates and store only`() {
    let good = store.entry("a")
    #expect(opens(good, store.storeID, store.keys))
    var others: [StoredEntry] = []
    for content: KeystoreEntry.Content in [
      .userCredentials(UserCredentials(name: alias("b"), user: "u")),
      .secureParameter(SecureParameter(name: alias("a"))),
    ] {
      var other = good
      other.entry.content = content
      others.append(other)
    }
    for change in [
      { $0.version += 1 }, { $0.deployedOn = WallTime(seconds: 2) }, { $0.expires = WallTime(seconds: 9) },
    ] as [(inout KeystoreEntry) -> Void] {
      var other = good
      change(&other.entry)
      others.append(other)
    }
    for other in others { #expect(!opens(other, store.storeID, store.keys)) }
    for _ in 0..<100 { #expect(!opens(good, .random(), store.keys)) }
    #expect(!opens(good, store.storeID, MasterKeys.random()))
  }

  @Test func `an old version of an entry put back is refused`() {
    for round in 0..<100 {
      let old = lines(of: store.file([store.entry("a", version: 3, password: "old \(round)")]))
      var new = lines(of: store.file([store.entry("a", version: 4, password: "new \(round)")]))
      new[1] = old[1]
      if store.refusal(file(of: new)) != .cannotOpen { Issue.record("accepted round \(round)") }
    }
  }

  static let headers: [(String, String)] = [
    ("\"version\":1", "\"version\":0"), ("\"version\":1", "\"version\":2"), ("\"version\":1", "\"version\":01"),
    ("\"version\":1", "\"version\":-1"), ("\"version\":1", "\"version\":1.0"), ("\"version\":1", "\"version\":\"1\""),
    ("\"version\":1", "\"version\":99999999999999999999999"), ("\"version\":1,", ""),
    ("tenant-keystore", "tenant-keystorf"), ("\"generation\":7", "\"generation\":18446744073709551616"),
    ("\"generation\":7", "\"generation\":07"), ("\"generation\":7", "\"generation\":7,\"generation\":7"),
    ("\"generation\":7", "\"generation\":7,\"x\":1"), ("\"generation\":7", "\"generation\": 7"),
    ("\"slots\":[{", "\"slots\":[{{"), ("\"slots\":[", "\"slots\":[],\"slots\":["), ("]}\n", "],\"x\":1}\n"),
    ("\"path\":\"\"", "\"path\":\"relative\""), ("\"path\":\"\"", "\"path\":\"/\\u0041\""),
    ("\"path\":\"\"", "\"path\":\"/\\u001F\""), ("\"path\":\"\"", "\"path\":\"/\\n\""),
    ("\"path\":\"\"", "\"path\":\"/\u{1}\""),
    ("\"path\":\"\"", "\"path\":\"/\(String(repeating: "a", count: 1024))\""), ("\"key-file\"", "\"none\""),
    ("\"id\":\"00c0ffee\"", "\"id\":\"00C0FFEE\""), ("\"id\":\"00c0ffee\"", "\"id\":\"\""),
    ("\"id\":\"00c0ffee\"", "\"id\":\"00c0ffee00\""), ("1970-01-01T00:00:00Z", "1970-02-30T00:00:00Z"),
    ("1970-01-01T00:00:00Z", "yesterday"),
  ]

  @Test(arguments: headers)
  func `a header of another form or version is refused`(part: String, replacement: String) {
    let text = String(decoding: store.file([]), as: UTF8.self)
    #expect(text.contains(part))
    let refusal = store.refusal(Array(text.replacing(part, with: replacement, maxReplacements: 1).utf8))
    let isVersion = ["\"version\":0", "\"version\":2"].contains(replacement)
    switch refusal {
    case .unsupportedVersion?: #expect(isVersion)
    case .malformed?: #expect(!isVersion)
    default: Issue.record("\(String(describing: refusal))")
    }
  }

  static let passphraseSlots: [(String, String)] = [
    ("\"passes\":2", "\"passes\":1"), ("\"passes\":2", "\"passes\":11"), ("\"passes\":2", "\"passes\":4294967298"),
    ("\"passes\":2", "\"passes\":18446744073709551615"), ("\"memory\":67108864", "\"memory\":1024"),
    ("\"memory\":67108864", "\"memory\":67107840"), ("\"memory\":67108864", "\"memory\":1073742848"),
    ("\"memory\":67108864", "\"memory\":9223372036854775807"), ("\"memory\":67108864", "\"memory\":67108865"),
    ("argon2id13", "none"), ("argon2id13", "argon2i13"), ("argon2id13", "scrypt"), ("\"salt\":\"", "\"salt\":\"AAAA"),
    ("\"nonce\":\"", "\"nonce\":\"AAAA"), ("\"key\":\"", "\"key\":\"AAAA"),
  ]

  @Test(arguments: passphraseSlots)
  func `costs and algorithms out of bounds are refused before any work is done`(part: String, replacement: String) {
    var header = store.header()
    let method = KeySlot.Method.passphrase(salt: [UInt8](repeating: 1, count: 16), cost: .interactive)
    header.slots = [
      KeySlot.wrapping(
        store.keys.master, with: SecretBytes.random(count: 32), id: "00000001", method: method,
        created: WallTime(seconds: 0), storeID: store.storeID)
    ]
    let text = String(decoding: KeystoreFile.render(header: header, lines: [], keys: store.keys), as: UTF8.self)
    #expect(store.refusal(Array(text.utf8)) == nil)
    #expect(text.contains(part))
    #expect(store.refusal(Array(text.replacing(part, with: replacement).utf8)) == .malformed(line: 1))
  }

  @Test func `too many slots, a long header, a long line and too much of all are refused`() {
    var header = store.header()
    let slot = header.slots[0]
    header.slots = (0...KeystoreLimits.slots).map { number in
      let id = "000000" + RandomIdentifier.hex([UInt8(number)])
      return KeySlot.wrapping(
        store.keys.master, with: SecretBytes.random(count: 32), id: id, method: slot.method, created: slot.created,
        storeID: store.storeID)
    }
    func refusal(_ header: KeystoreHeader) -> KeystoreError.Kind? {
      store.refusal(KeystoreFile.render(header: header, lines: [], keys: store.keys))
    }
    #expect(refusal(header) == .malformed(line: 1))
    header.slots.removeLast()
    #expect(refusal(header) == nil)
    header.slots = [slot, slot]
    #expect(refusal(header) == .malformed(line: 1))
    let long = [UInt8](repeating: 0x20, count: KeystoreLimits.headerBytes + 1)
    #expect(store.refusal(long + [0x0A]) == .malformed(line: 1))
    let line = [UInt8](repeating: 0x20, count: KeystoreLimits.lineBytes + 1)
    let signed = KeystoreFile.render(header: store.header(), lines: [line[...]], keys: store.keys)
    #expect(store.refusal(signed) == .malformed(line: 2))
  }

  @Test func `signed lines that are out of order, doubled or of an unknown type are refused`() {
    func refusal(_ lines: [[UInt8]]) -> KeystoreError.Kind? {
      store.refusal(KeystoreFile.render(header: store.header(), lines: lines.map { $0[...] }, keys: store.keys))
    }
    let (a, b) = (store.entry("a").line, store.entry("b").line)
    #expect(refusal([a, b]) == nil)
    #expect(refusal([b, a]) == .malformed(line: 3))
    #expect(refusal([a, a]) == .malformed(line: 3))
    let unknown = String(decoding: b, as: UTF8.self).replacing("UserCredentials", with: "Mystery")
    #expect(refusal([a, Array(unknown.utf8)]) == .malformed(line: 3))
    #expect(refusal([a, []]) == .malformed(line: 3))
  }

  @Test func `no line, however damaged, makes the reader fall over`() {
    let good = store.entry("a \"b\" \\ \u{1F600}").line
    var generator = SystemRandomNumberGenerator()
    let tokens = ["\"", "\\", "\\u00", "{", "}", ",", ":", "[", "]", "\u{0}", "expires", "99999999999999999999"].map {
      Array($0.utf8)
    }
    var readable = 0
    for _ in 0..<3_000 {
      var line = good
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        let position = Int.random(in: 0...line.count, using: &generator)
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: line.insert(contentsOf: tokens.randomElement(using: &generator) ?? [], at: position)
        case 1: line = Array(line[..<position])
        case 2 where position < line.count: line[position] = .random(in: .min ... .max, using: &generator)
        default: if position < line.count { line.remove(at: position) }
        }
      }
      guard let entry = try? StoredEntry(line, in: 0..<line.count) else { continue }
      // What is read is spelled in the one way that the writer has.
      readable += 1
      #expect(entry.line == line)
    }
    #expect(readable < 3_000)
  }
}

private func opens(_ stored: StoredEntry, _ storeID: StoreIdentifier, _ keys: MasterKeys) -> Bool {
  stored.secret(storeID: storeID, keys: keys) != nil
}
