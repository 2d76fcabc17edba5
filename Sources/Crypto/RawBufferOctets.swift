// What C functions want of guarded memory. A SecretBytes always has an address, also an empty one.

extension UnsafeRawBufferPointer {
  var octets: UnsafePointer<UInt8> {
    guard let baseAddress else { preconditionFailure("guarded memory has an address") }
    return baseAddress.assumingMemoryBound(to: UInt8.self)
  }

  var characters: UnsafePointer<CChar> {
    guard let baseAddress else { preconditionFailure("guarded memory has an address") }
    return baseAddress.assumingMemoryBound(to: CChar.self)
  }
}

extension UnsafeMutableRawBufferPointer {
  var octets: UnsafeMutablePointer<UInt8> {
    guard let baseAddress else { preconditionFailure("guarded memory has an address") }
    return baseAddress.assumingMemoryBound(to: UInt8.self)
  }

  var characters: UnsafeMutablePointer<CChar> {
    guard let baseAddress else { preconditionFailure("guarded memory has an address") }
    return baseAddress.assumingMemoryBound(to: CChar.self)
  }
}
