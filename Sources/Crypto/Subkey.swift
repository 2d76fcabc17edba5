import CSodium

/// Keys for different purposes out of one master key (libsodium's `crypto_kdf`, BLAKE2b): who has a subkey knows nothing
/// about the master key or another subkey.
package enum Subkey {
  package static let masterKeyLength = 32

  /// - Parameters:
  ///   - number: which of the subkeys of this context.
  ///   - context: what the keys are for; exactly 8 ASCII characters.
  /// - Precondition: the master key has 32 bytes, the context 8, and `length` is 16 to 64.
  package static func derive(
    _ number: UInt64, context: StaticString, from master: borrowing SecretBytes, length: Int = 32
  ) -> SecretBytes {
    precondition(master.count == masterKeyLength && (16...64).contains(length), "key lengths as crypto_kdf has them")
    let name = context.description.utf8.map { CChar(bitPattern: $0) }
    precondition(name.count == Int(crypto_kdf_CONTEXTBYTES), "a context has 8 characters")
    return SecretBytes(count: length) { memory in
      master.withBytes { key in
        _ = crypto_kdf_derive_from_key(
          memory.octets, length, number, name,
          key.octets)
      }
    }
  }
}
