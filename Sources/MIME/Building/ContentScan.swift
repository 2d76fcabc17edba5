import System
import TenantBase

/// What one pass over a content tells about how it can be sent.
struct ContentScan {
  /// Of the whole content. Where the pass ended early, of what the source says.
  private(set) var byteCount = 0
  /// The size once every line end is CRLF.
  private(set) var canonicalByteCount = 0
  private(set) var eightBitBytes = 0
  private(set) var longestLine = 0
  private(set) var hasNUL = false
  private(set) var hasBareLineEnd = false
  /// The last byte ended a line.
  private(set) var endsInLineEnd = false
  /// Bytes that quoted-printable would write as three.
  private var escapedBytes = 0
  private var lineLength = 0
  private var isAfterCR = false

  /// - Parameter isText: the canonical size is wanted, so the whole content is read. Data whose encoding is decided is
  ///   not read to its end when its size is known: most attachments are judged by their first bytes.
  init(_ source: BodySource, isText: Bool, request: TransferEncodingRequest) throws(MIMEError) {
    var reader = try source.makeReader()
    while let chunk = try reader.nextChunk(atMost: 64 * 1024) {
      scan(chunk)
      guard !isText,
        isUnsafe || request == .base64 || (eightBitBytes > 0 && request != .eightBit && request != .binary),
        request != .quotedPrintable, let count = source.byteCount
      else { continue }
      byteCount = count
      return
    }
    if isAfterCR { hasBareLineEnd = true }
  }

  var isShorterInBase64: Bool { byteCount / 3 * 4 < byteCount + 2 * escapedBytes }

  /// As data it cannot leave as it is.
  private var isUnsafe: Bool { hasNUL || hasBareLineEnd || longestLine > PartEncoding.lineLimit }

  private mutating func scan(_ chunk: [UInt8]) {
    byteCount += chunk.count
    var index = 0
    var nextCR = -1
    var nextLF = -1
    while index < chunk.count {
      if nextCR < index { nextCR = ByteSearch.firstIndex(of: ASCII.cr, in: chunk, from: index) ?? chunk.count }
      if nextLF < index { nextLF = ByteSearch.firstIndex(of: ASCII.lf, in: chunk, from: index) ?? chunk.count }
      let end = min(nextCR, nextLF)
      if end > index { scan(chunk[index..<end]) }
      if end == chunk.count { return }
      countLineEnd(chunk[end])
      index = end + 1
    }
  }

  /// A part of one line.
  private mutating func scan(_ run: ArraySlice<UInt8>) {
    if isAfterCR { hasBareLineEnd = true }
    isAfterCR = false
    endsInLineEnd = false
    canonicalByteCount += run.count
    lineLength += run.count
    longestLine = max(longestLine, lineLength)
    var escaped = 0
    for byte in run where byte &- 0x20 > 0x5E || byte == UInt8(ascii: "=") { escaped &+= 1 }
    if escaped == 0 { return }
    escapedBytes += escaped
    for byte in run {
      if byte >= 0x80 { eightBitBytes &+= 1 }
      if byte == 0 { hasNUL = true }
    }
  }

  private mutating func countLineEnd(_ byte: UInt8) {
    lineLength = 0
    endsInLineEnd = true
    let completesCRLF = byte == ASCII.lf && isAfterCR
    if !completesCRLF {
      canonicalByteCount += 2
      if byte == ASCII.lf || isAfterCR { hasBareLineEnd = true }
    }
    isAfterCR = byte == ASCII.cr
  }
}
