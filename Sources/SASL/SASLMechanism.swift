/// A mechanism that is implemented here, with what it needs to know of the connection.
enum SASLMechanism: Sendable, Equatable {
  case plain
  case login
  case cramMD5
  case digestMD5
  /// The -PLUS mechanism where the binding is bound.
  case scram(SCRAMExchange.Hash, ChannelBinding)

  var name: SASLMechanismName {
    switch self {
    case .plain: .plain
    case .login: .login
    case .cramMD5: .cramMD5
    case .digestMD5: .digestMD5
    case .scram(.sha1, let binding): binding.isBound ? .scramSHA1Plus : .scramSHA1
    case .scram(.sha256, let binding): binding.isBound ? .scramSHA256Plus : .scramSHA256
    }
  }
}
