import Crypto
import Keystore
import Testing

struct StateKeyTests {
  private let fixture: KeystoreFixture

  init() throws { fixture = try KeystoreFixture() }

  @Test func `the first key is made when it is needed, and then stays`() throws {
    let vault = try fixture.create()
    let generation = vault.generation
    let key = try vault.currentStateKey()
    let length = key.secret.bytes.count
    #expect(length == 32 && key.id.count == 16)
    #expect(vault.generation == generation + 1)
    let again = try fixture.open().currentStateKey()
    #expect(again.id == key.id)
    let isSame = again.secret.bytes.isEqual(to: key.secret.bytes)
    #expect(isSame)
    #expect(vault.generation == generation + 1)
    #expect(try vault.entries().isEmpty)
    #expect(try vault.stateKey(named: "0000000000000000") == nil)
  }

  @Test func `a new master key brings a new state key, and the old ones still open`() throws {
    let vault = try fixture.create()
    let first = try vault.currentStateKey()
    try vault.rotate(keys: KeySources())
    let second = try fixture.open().currentStateKey()
    #expect(second.id != first.id)
    try vault.rotate(keys: KeySources())
    let reopened = try fixture.open()
    #expect(try ![first.id, second.id].contains(reopened.currentStateKey().id))
    for key in [first, second] {
      let found = try #require(try reopened.stateKey(named: key.id))
      let isSame = found.secret.bytes.isEqual(to: key.secret.bytes)
      #expect(isSame)
    }
  }

  @Test func `a keystore without one gets none by a new master key`() throws {
    let vault = try fixture.create()
    try vault.rotate(keys: KeySources())
    #expect(try !String(decoding: fixture.bytes, as: UTF8.self).contains("StateKey"))
  }
}
