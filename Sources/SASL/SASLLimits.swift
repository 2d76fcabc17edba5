/// The sizes and amounts of work that a server may ask for, and what we send.
package struct SASLLimits: Sendable, Equatable {
  /// The longest challenge, in bytes with base64 undone: what fits in the 12,288 characters of RFC 4954 section 4.
  package var challengeBytes = 9_216
  /// The longest challenge of DIGEST-MD5, in bytes (RFC 2831 section 2.1.1: less than 2,048).
  package var digestChallengeBytes = 2_047
  /// The iteration counts of SCRAM that are accepted, checked before any hashing. RFC 5802 section 5.1 wants at least
  /// 4,096; a million takes about half a second.
  package var iterations = 4_096...1_000_000
  /// The iteration count above which `respond` should run on another thread than that of the event loop.
  package var iterationsOnLoop = 20_000
  /// The longest user name, authorization id or password, in bytes.
  package var credentialBytes = 4_096

  package init() {}
}
