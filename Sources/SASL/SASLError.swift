import TenantBase

/// Why a SASL exchange cannot start or go on. Never holds a secret or an expected value.
package struct SASLError: ExplainedError {
  package enum Kind: Sendable, Equatable {
    /// None of the mechanisms that the setting allows is offered.
    case noAcceptableMechanism
    /// The only mechanisms left would send the password readable over a connection that is not verified TLS.
    case passwordWouldBeReadable
    /// The challenge breaks the mechanism's rules.
    case malformedChallenge
    /// The server asks for more or for less work than the limits allow (SCRAM iteration count).
    case iterationCountOutOfRange
    /// The server could not prove that it knows the password.
    case serverNotAuthenticated
    /// The server ended the exchange with an error of the mechanism; `detail` has its words.
    case refusedByServer
    /// The server reported success before the exchange was complete.
    case finishedTooEarly
    /// User name or password cannot be used with this mechanism (SASLprep prohibits it, or NUL inside).
    case unusableCredential
  }

  package let kind: Kind
  package let mechanism: SASLMechanismName?
  package let detail: String

  package init(_ kind: Kind, mechanism: SASLMechanismName? = nil, detail: String) {
    self.kind = kind
    self.mechanism = mechanism
    self.detail = detail
  }

  package var failureClass: FailureClass {
    kind == .unusableCredential ? .configuration : .refused
  }

  package var explanation: Explanation {
    let name = mechanism.map { "\($0) login" } ?? "the login"
    return Explanation("\(name) was not completed: \(detail)")
  }
}
