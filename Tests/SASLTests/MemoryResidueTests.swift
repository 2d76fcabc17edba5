import Crypto
import Glibc
import SASL
import Testing

// A password must not stay behind in ordinary memory: neither in ours nor in what OpenSSL and libidn freed. The canary
// is kept masked and is only ever whole in guarded memory, which is read-only and therefore not searched.

private let mask: UInt32 = 0x5A5A

/// Twelve Cyrillic letters that SASLprep leaves as they are, masked: a literal would stand in the program's own data.
private let maskedLetters: [UInt32] = [
  0x5E6C, 0x5E13, 0x5E14, 0x5E15, 0x5E10, 0x5E17, 0x5E1E, 0x5E1C, 0x5E1D, 0x5E12, 0x5E6B, 0x5E6E,
]

/// Letters `range` of the canary in UTF-8: two bytes each.
private func utf8Canary(_ range: Range<Int>) -> SecretBytes {
  SecretBytes(count: range.count * 2) { memory in
    for (place, index) in range.enumerated() {
      memory[2 * place] = UInt8(0xC0 | (maskedLetters[index] ^ mask) >> 6)
      memory[2 * place + 1] = UInt8(0x80 | (maskedLetters[index] ^ mask) & 0x3F)
    }
  }
}

/// Letters `range` of the canary as UCS-4 in the machine's byte order.
private func ucs4Canary(_ range: Range<Int>) -> SecretBytes {
  SecretBytes(count: range.count * 4) { memory in
    for (place, index) in range.enumerated() {
      memory.storeBytes(of: maskedLetters[index] ^ mask, toByteOffset: 4 * place, as: UInt32.self)
    }
  }
}

/// Which thirds of the canary, and in which form, stand somewhere in this process's writable memory.
private func residues() throws -> [String] {
  var found: [String] = []
  for start in stride(from: 0, to: maskedLetters.count, by: 4) {
    let range = start..<start + 4
    if try isInWritableMemory(utf8Canary(range)) { found.append("UTF-8 \(range)") }
    if try isInWritableMemory(ucs4Canary(range)) { found.append("UCS-4 \(range)") }
  }
  return found
}

private func isInWritableMemory(_ needle: borrowing SecretBytes) throws -> Bool {
  let memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC)
  try #require(memory >= 0)
  defer { close(memory) }
  let window = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 4096)
  defer {
    window.initializeMemory(as: UInt8.self, repeating: 0)
    window.deallocate()
  }
  let regions = try writableRegions()
  try #require(regions.count > 3)
  for region in regions {
    var position = region.lowerBound
    while position < region.upperBound {
      let wanted = min(window.count, Int(region.upperBound - position))
      let count = pread(memory, window.baseAddress, wanted, off_t(position))
      guard count > 0 else { break }  // unmapped meanwhile, or not readable
      if needle.withBytes({ contains(UnsafeRawBufferPointer(rebasing: window[..<count]), $0) }) {

        return true
      }
      position += UInt(count > needle.count && count == window.count ? count - needle.count : count)
    }
  }
  return false
}

/// By `memchr`, because loops over bytes are slow in a debug build.
private func contains(_ memory: UnsafeRawBufferPointer, _ needle: UnsafeRawBufferPointer) -> Bool {
  guard let base = memory.baseAddress, let needleBase = needle.baseAddress, let first = needle.first else {
    return false
  }
  var position = 0
  while memory.count - position >= needle.count {
    guard let hit = memchr(base + position, Int32(first), memory.count - position - needle.count + 1) else {
      return false
    }
    if memcmp(hit, needleBase, needle.count) == 0 { return true }
    position = base.distance(to: UnsafeRawPointer(hit)) + 1
  }
  return false
}

private func writableRegions() throws -> [Range<UInt>] {
  let file = try #require(fopen("/proc/self/maps", "re"))
  defer { fclose(file) }
  var regions: [Range<UInt>] = []
  var line = [CChar](repeating: 0, count: 4096)
  while fgets(&line, Int32(line.count), file) != nil {
    let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let fields = text.split(separator: " ", maxSplits: 2)
    guard fields.count == 3, fields[1].hasPrefix("rw") else { continue }
    let bounds = fields[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
    if bounds.count == 2, bounds[0] < bounds[1] { regions.append(bounds[0]..<bounds[1]) }
  }
  return regions
}

/// The canary so often that its freed copies are too long for the next small allocations to cover.
private func longPassword() -> SecretBytes {
  var password = SecretBuilder(capacity: 10 * 2 * maskedLetters.count)
  for _ in 0..<10 { password.append(utf8Canary(0..<maskedLetters.count)) }
  return password.finish()
}

/// Each in a process of its own: that of all tests is large, and what other tests do in it is not ours to search.
struct `Memory after a login` {
  @Test func `preparing a password leaves none of it in ordinary memory`() async {
    await #expect(processExitsWith: .success) {
      let prepared = try SASLprep.prepare(longPassword())
      let left = try residues()
      #expect(left == [])
      #expect(prepared.count == 10 * 2 * maskedLetters.count)
    }
  }

  @Test func `no mechanism leaves the password in ordinary memory`() async {
    await #expect(processExitsWith: .success) {
      let secret = SASLCredentials(userName: "user", password: SecretBox(longPassword()))
      let logins: [(any SASLExchange, [String])] = [
        (PlainExchange(credentials: secret), []), (LoginExchange(credentials: secret), ["Username:", "Password:"]),
        (CRAMMD5Exchange(credentials: secret), ["<1@host>"]),
        (
          DigestMD5Exchange(credentials: secret, service: SASLService(name: "smtp", host: "host")),
          [#"nonce="abc",algorithm=md5-sess,charset=utf-8"#]
        ),
        (
          SCRAMExchange(hash: .sha256, binding: .notSupported, credentials: secret, nonces: .fixed("N")),
          ["r=NSERVER,s=MDEyMw==,i=4096"]
        ),
      ]
      for (login, challenges) in logins {
        var exchange = login
        var response = try exchange.start()
        for challenge in challenges { response = try exchange.respond(to: Array(challenge.utf8)) }
        let text: SecretBytes = Base64.encode(try #require(response).bytes)
        let left = try residues()
        #expect(left == [], "\(exchange.mechanism)")
        #expect(text.count > 0)
      }
    }
  }

  @Test func `the search finds a password that was not wiped`() async {
    await #expect(processExitsWith: .success) {
      let canary = utf8Canary(0..<maskedLetters.count)
      let careless = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 1)
      canary.withBytes { UnsafeMutableRawBufferPointer(rebasing: careless[2048...]).copyMemory(from: $0) }
      #expect(try residues() == ["UTF-8 0..<4", "UTF-8 4..<8", "UTF-8 8..<12"])
      careless.initializeMemory(as: UInt8.self, repeating: 0)
      careless.deallocate()
      let left = try residues()
      #expect(left == [])
    }
  }
}
