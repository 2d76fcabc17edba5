/// How large a keystore may be. All of it is checked before anything else is believed.
package enum KeystoreLimits {
  /// Bytes of the whole file: 20,000 entries of usual size.
  package static let fileBytes = 32 << 20
  package static let headerBytes = 16 << 10
  /// Bytes of an entry's line: the longest Secure Parameter, or a certificate of 32 KiB.
  package static let lineBytes = 64 << 10
  package static let entries = 20_000
  package static let certificateBytes = 32 << 10
  package static let slots = 16
  /// Each costs whoever opens the keystore a run of Argon2id.
  package static let passphraseSlots = 4
  package static let pathBytes = 1024
  package static let retiredSealingKeys = 32
  /// How long a state key stays after a newer one took its place: nothing that it encrypts is kept longer.
  package static let stateKeyDays = 401
  /// Bytes of a key file, of which 65 are used.
  package static let keyFileBytes = 256
}
