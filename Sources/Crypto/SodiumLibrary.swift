import CSodium

/// libsodium wants to be initialised once before its first use, from any thread.
package enum SodiumLibrary {
  private static let ready: Bool = sodium_init() >= 0

  static func ensureReady() {
    precondition(ready, "libsodium found no source of randomness")
  }
}
