import Crypto

/// What a secret holds; tests may look, and `#expect` takes no noncopyable value.
func opened(_ secret: borrowing SecretBytes) -> [UInt8] { secret.withBytes { [UInt8]($0) } }

func opened(_ secret: consuming SecretBytes?) -> [UInt8]? {
  switch consume secret {
  case .some(let secret): secret.withBytes { [UInt8]($0) }
  case .none: nil
  }
}
