import Crypto
import Foundation
import TenantBase
import TestSupport
import Testing

/// The vectors of the shared corpus that concern primitives alone.
private struct PrimitiveVectors: Decodable {
  struct Preparation: Decodable {
    let input: String
    let output: String?
    let error: String?
  }
  struct Derivation: Decodable {
    let prf: String
    let password: String
    let salt: String
    let iterations: Int
    let length: Int
    let keyHex: String
  }
  struct Spelling: Decodable {
    let input: String
    let ok: Bool
  }

  let saslprep: [Preparation]
  let pbkdf2: [Derivation]
  let base64Strict: [Spelling]

  static func load() throws -> PrimitiveVectors {
    let bytes = try #require(Corpus.bytes("sasl/vectors.json"))
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(PrimitiveVectors.self, from: Data(bytes))
  }
}

@Suite(.enabled(if: Corpus.isPresent, "the test corpus is not there"))
struct `Vectors of the shared corpus for primitives` {
  @Test func `SASLprep gives the listed output or the listed refusal`() throws {
    let vectors = try PrimitiveVectors.load().saslprep
    #expect(vectors.count == 36)
    for vector in vectors {
      do {
        let output = try SASLprep.prepare(Array(vector.input.utf8))
        #expect(output == vector.output.map { Array($0.utf8) }, "\(vector)")
      } catch {
        let expected: SASLprep.Refusal? =
          switch vector.error {
          case "prohibited": .prohibitedCharacter
          case "bidi": .mixedDirections
          case "unassigned": .unassignedCharacter
          default: nil
          }
        #expect(error as SASLprep.Refusal == expected, "\(vector)")
      }
    }
  }

  @Test func `PBKDF2 derives the listed keys`() throws {
    let vectors = try PrimitiveVectors.load().pbkdf2
    #expect(vectors.count == 3)
    for vector in vectors {
      #expect(vector.prf == "HMAC-sha1")
      let key = PBKDF2.key(
        password: SecretBytes(copying: Array(vector.password.utf8)), salt: Array(vector.salt.utf8),
        iterations: vector.iterations, byteCount: vector.length, algorithm: .sha1)
      #expect(Hexadecimal.encode(opened(key)).utf8Text == vector.keyHex)
    }
  }

  @Test func `strict base64 accepts and refuses as listed`() throws {
    let vectors = try PrimitiveVectors.load().base64Strict
    #expect(vectors.count == 16)
    for vector in vectors {
      #expect((Base64.decode(Array(vector.input.utf8)) != nil) == vector.ok, "\(vector)")
      #expect((opened(Base64.decode(SecretBytes(copying: Array(vector.input.utf8)))) != nil) == vector.ok, "\(vector)")
    }
  }
}
