import Crypto
import SASL
import TenantBase

/// A small SCRAM server (RFC 5802), honest or with one fault.
struct ScramServer {
  enum Fault: CaseIterable {
    case hugeCount
    case hundredMillion
    case countBeyondInt
    case lowCount
    case zeroCount
    case negativeCount
    case noNumber
    case leadingZero
    case badSalt
    case emptySalt
    case mandatoryExtension
    case laterMandatoryExtension
    case repeatedNonce
    case missingSalt
    case emptyAttribute
    case trailingLineEnd
    case foreignNonce
    case nothingAdded
    case unprintableNonce
    case otherText
    case tooLong
    case wrongSignature
    case shortSignature
    case emptySignature
    case signatureNotBase64
    case noSignature
    case errorThenSuccess
    case extendedSignature
  }

  var hash: SCRAMExchange.Hash = .sha256
  var password = "pencil"
  var fault: Fault?
  /// The data of a server that can bind; nil: it cannot.
  var bindingData: [UInt8]?

  private var bare = ""
  private var firstMessage = ""
  private var header = ""
  private let salt = Array("0123456789abcdef".utf8)

  init(hash: SCRAMExchange.Hash = .sha256, fault: Fault? = nil, bindingData: [UInt8]? = nil) {
    self.hash = hash
    self.fault = fault
    self.bindingData = bindingData
  }

  private var algorithm: DigestAlgorithm { hash == .sha1 ? .sha1 : .sha256 }

  mutating func first(answering message: String) -> String {
    let parts = message.split(separator: ",", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
    header = "\(parts[0]),\(parts[1]),"
    bare = parts[2]
    let nonce = bare.split(separator: ",").last?.dropFirst(2) ?? ""
    let saltText = (Base64.encode(salt) as [UInt8]).utf8Text
    let honest = "r=\(nonce)SERVER,s=\(saltText),i=4096"
    firstMessage =
      switch fault {
      case .hugeCount: "r=\(nonce)SERVER,s=\(saltText),i=4294967295"
      case .hundredMillion: "r=\(nonce)SERVER,s=\(saltText),i=100000000"
      case .countBeyondInt: "r=\(nonce)SERVER,s=\(saltText),i=99999999999999999999999"
      case .lowCount: "r=\(nonce)SERVER,s=\(saltText),i=1"
      case .zeroCount: "r=\(nonce)SERVER,s=\(saltText),i=0"
      case .negativeCount: "r=\(nonce)SERVER,s=\(saltText),i=-4096"
      case .noNumber: "r=\(nonce)SERVER,s=\(saltText),i=4096x"
      case .leadingZero: "r=\(nonce)SERVER,s=\(saltText),i=04096"
      case .badSalt: "r=\(nonce)SERVER,s=*no*base64*,i=4096"
      case .emptySalt: "r=\(nonce)SERVER,s=,i=4096"
      case .mandatoryExtension: "m=future,\(honest)"
      case .laterMandatoryExtension: "\(honest),m=future"
      case .repeatedNonce: "\(honest),r=\(nonce)SERVER"
      case .missingSalt: "r=\(nonce)SERVER,i=4096"
      case .emptyAttribute: "\(honest),"
      case .trailingLineEnd: "\(honest)\r\n"
      case .foreignNonce: "r=X\(nonce)SERVER,s=\(saltText),i=4096"
      case .nothingAdded: "r=\(nonce),s=\(saltText),i=4096"
      case .unprintableNonce: "r=\(nonce)SER\u{7}VER,s=\(saltText),i=4096"
      case .otherText: "Username:"
      case .tooLong: "\(honest),x=\(String(repeating: "x", count: 9_300))"
      default: honest
      }
    return firstMessage
  }

  /// What comes after the client's proof.
  func final(answering message: String) -> String {
    guard let cut = message.lastIndex(of: ",") else { return "e=other-error" }
    let withoutProof = String(message[..<cut])
    let proof = Base64.decode(Array(message[cut...].dropFirst(3).utf8)) ?? []
    let authMessage = Array("\(bare),\(firstMessage),\(withoutProof)".utf8)
    if let error = bindingError(withoutProof) { return "e=\(error)" }
    guard verifies(proof, authMessage) else { return "e=invalid-proof" }
    let signature = HMAC.code(of: authMessage, key: key("Server Key"), algorithm: algorithm).withBytes { [UInt8]($0) }
    func text(_ bytes: [UInt8]) -> String { (Base64.encode(bytes) as [UInt8]).utf8Text }
    return switch fault {
    case .wrongSignature: "v=\(text(signature.map { $0 ^ 1 }))"
    case .shortSignature: "v=\(text(Array(signature.dropLast())))"
    case .emptySignature: "v="
    case .signatureNotBase64: "v=***"
    case .noSignature: ""
    case .errorThenSuccess: "e=other-error"
    case .extendedSignature: "v=\(text(signature + [0]))"
    default: "v=\(text(signature))"
    }
  }

  private func bindingError(_ withoutProof: String) -> String? {
    let sent = withoutProof.split(separator: ",").first?.dropFirst(2) ?? ""
    if header.hasPrefix("y"), bindingData != nil { return "server-does-support-channel-binding" }
    let expected = Array(header.utf8) + (header.hasPrefix("p=") ? bindingData ?? [] : [])
    return Base64.decode(Array(sent.utf8)) == expected ? nil : "channel-bindings-dont-match"
  }

  private func verifies(_ proof: [UInt8], _ authMessage: [UInt8]) -> Bool {
    let storedKey: SecretBytes = Digest.hash(key("Client Key"), with: algorithm)
    let signature = HMAC.code(of: authMessage, key: storedKey, algorithm: algorithm)
    guard proof.count == signature.count else { return false }
    let clientKey = signature.exclusiveOr(SecretBytes(copying: proof))
    return clientKey.isEqual(to: key("Client Key"))
  }

  private func key(_ role: String) -> SecretBytes {
    let salted = PBKDF2.key(
      password: SecretBytes(copying: Array(password.utf8)), salt: salt, iterations: 4096,
      byteCount: algorithm.byteCount, algorithm: algorithm)
    return HMAC.code(of: Array(role.utf8), key: salted, algorithm: algorithm)
  }
}
