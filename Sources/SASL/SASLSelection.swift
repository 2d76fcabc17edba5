/// The chosen mechanism, ready to make exchanges.
package struct SASLSelection: Sendable, Equatable {
  /// What to report at every run; nil: nothing.
  package let weakness: SASLWeakness?
  private let choice: SASLMechanism
  private let limits: SASLLimits

  init(mechanism: SASLMechanism, weakness: SASLWeakness?, limits: SASLLimits) {
    choice = mechanism
    self.weakness = weakness
    self.limits = limits
  }

  package var mechanism: SASLMechanismName { choice.name }

  /// What SCRAM says of channel binding; nil for the other mechanisms.
  package var channelBinding: ChannelBinding? {
    switch choice {
    case .scram(_, let binding): binding
    case .plain, .login, .cramMD5, .digestMD5: nil
    }
  }

  /// A new exchange; each login takes its own.
  ///
  /// - Parameter service: what DIGEST-MD5 binds its proof to.
  package func makeExchange(
    credentials: SASLCredentials, service: SASLService, nonces: NonceSource = .random
  ) -> any SASLExchange {
    switch choice {
    case .plain: PlainExchange(credentials: credentials, limits: limits)
    case .login: LoginExchange(credentials: credentials, limits: limits)
    case .cramMD5: CRAMMD5Exchange(credentials: credentials, limits: limits)
    case .digestMD5: DigestMD5Exchange(credentials: credentials, service: service, nonces: nonces, limits: limits)
    case .scram(let hash, let binding):
      SCRAMExchange(hash: hash, binding: binding, credentials: credentials, nonces: nonces, limits: limits)
    }
  }
}
