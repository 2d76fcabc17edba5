import Artifacts
import Crypto
import System
import TenantBase

@testable import Keystore

/// Called by libFuzzer with each input: reads it as a keystore, as an entry's line, and as lines that a holder of the keys
/// signed. Nothing may end the process, and what is read must be spelled in the one way that the writer has.
@_cdecl("LLVMFuzzerTestOneInput")
public func readAsKeystore(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = Array(UnsafeBufferPointer(start: start, count: count))
  if let file = try? KeystoreFile(input, path: "fuzz") {
    guard input.starts(with: file.header.bytes + [ASCII.lf]) else { fatalError("the header has a second spelling") }
    // Nobody signs without the keys.
    guard !file.isGenuine(keys: signer.keys) else { fatalError("a code that nobody made holds") }
  }
  if let header = try? KeystoreHeader(input, in: 0..<input.count), header.bytes != input {
    fatalError("the header has a second spelling")
  }
  if let entry = try? StoredEntry(input, in: 0..<input.count), entry.line != input {
    fatalError("the entry has a second spelling")
  }
  readSigned(input)
  return 0
}

/// The entries' lines as a thief of the keys could write them: the index and each lookup must refuse, not fall over.
private func readSigned(_ input: [UInt8]) {
  let lines = input.split(separator: ASCII.lf).filter { $0.first == UInt8(ascii: "{") }
  guard let first = lines.first, !first.isEmpty else { return }
  let bytes = KeystoreFile.render(header: signer.header, lines: lines, keys: signer.keys)
  guard let file = try? KeystoreFile(bytes, path: "fuzz"),
    let state = try? KeystoreState(file: file, keys: signer.keys, path: "fuzz", identity: nil)
  else { return }
  for key in state.sortedKeys {
    guard let secret = try? state.secret(for: key) else { continue }
    guard secret.count < 0 else { fatalError("a secret that nobody sealed opens") }
  }
}

private struct Signer {
  let keys: MasterKeys
  let header: KeystoreHeader

  init?() {
    let storeID = StoreIdentifier.random()
    keys = MasterKeys.random()
    guard let sealingKey = SealingKey(storeID: storeID, publicKey: keys.sealingPublicKey) else { return nil }
    let slot = KeySlot.wrapping(
      keys.master, with: SecretBytes.random(count: 32), id: "00c0ffee", method: .keyFile(path: nil),
      created: WallTime(seconds: 0), storeID: storeID)
    header = KeystoreHeader(storeID: storeID, generation: 7, sealingKey: sealingKey, slots: [slot])
  }
}

private let signer: Signer = {
  guard let signer = Signer() else { fatalError("the fuzzer has no keystore of its own") }
  return signer
}()
