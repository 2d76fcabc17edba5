import CSodium

/// A key out of a passphrase: Argon2id version 1.3 (RFC 9106) with one lane, as libsodium has it.
package enum Argon2id {
  package static let saltLength = 16

  /// How much work one guess costs.
  package struct Cost: Sendable, Equatable {
    package let passes: Int
    package let memoryBytes: Int

    /// 2 passes over 64 MiB: the least that is accepted.
    package static let interactive = Cost(unchecked: 2, 64 << 20)
    /// 3 passes over 256 MiB: the default for a person's passphrase.
    package static let moderate = Cost(unchecked: 3, 256 << 20)

    package static let passesRange = 2...10
    package static let memoryRange = (64 << 20)...(1 << 30)

    /// nil outside the bounds: less would be weak, more would be an attack on whoever opens it.
    ///
    /// The memory is a whole number of KiB.
    package init?(passes: Int, memoryBytes: Int) {
      guard Self.passesRange.contains(passes), Self.memoryRange.contains(memoryBytes), memoryBytes % 1024 == 0
      else { return nil }
      self.init(unchecked: passes, memoryBytes)
    }

    private init(unchecked passes: Int, _ memoryBytes: Int) {
      self.passes = passes
      self.memoryBytes = memoryBytes
    }
  }

  /// - Parameter salt: 16 random bytes, not secret.
  /// - Returns: a key of 32 bytes, or nil when the system does not give the memory.
  /// - Precondition: the salt has 16 bytes.
  package static func key(
    passphrase: borrowing SecretBytes, salt: [UInt8], cost: Cost
  ) -> SecretBytes? {
    precondition(salt.count == saltLength, "a salt has 16 bytes")
    var isDone = false
    let key = SecretBytes(count: 32) { memory in
      passphrase.withBytes { passphrase in
        isDone =
          crypto_pwhash(
            memory.octets, 32,
            passphrase.characters, UInt64(passphrase.count), salt,
            UInt64(cost.passes), cost.memoryBytes, crypto_pwhash_ALG_ARGON2ID13) == 0
      }
    }
    guard isDone else { return nil }
    return consume key
  }
}
