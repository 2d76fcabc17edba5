import Crypto

/// Answers challenges for a session that lives on an executor of its own.
package enum SASLAnswering {
  /// - Returns: the exchange after the answer, and the answer. A long computation runs off the caller's executor.
  package static func answer(_ exchange: any SASLExchange, to challenge: [UInt8])
    async -> (any SASLExchange, Result<SecretBox, SASLError>)
  {
    if exchange.takesLong(toAnswer: challenge) { return await answerElsewhere(exchange, to: challenge) }
    return answerNow(exchange, to: challenge)
  }

  @concurrent private static func answerElsewhere(_ exchange: any SASLExchange, to challenge: [UInt8])
    async -> (any SASLExchange, Result<SecretBox, SASLError>)
  {
    answerNow(exchange, to: challenge)
  }

  private static func answerNow(_ exchange: any SASLExchange, to challenge: [UInt8])
    -> (any SASLExchange, Result<SecretBox, SASLError>)
  {
    var exchange = exchange
    do throws(SASLError) {
      let response = try exchange.respond(to: challenge)
      return (exchange, .success(response))
    } catch {
      return (exchange, .failure(error))
    }
  }
}
