/// What stands before the root element of an XML document (XML 1.0 section 2.8), in an encoding of which ASCII is a part.
struct XMLProlog {
  struct Fault: Error, Equatable {
    let detail: String
  }

  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func removing(declaration: Bool, externalDTD: Bool) throws(Fault) -> [UInt8] {
    var result: [UInt8] = []
    if starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    if starts(with: Array("<?xml".utf8)), position + 5 < bytes.count, isBlank(bytes[position + 5]) {
      let range = try upTo("?>", "the XML declaration")
      if declaration {
        while position < bytes.count, isBlank(bytes[position]) { position += 1 }
      } else {
        result = Array(bytes[..<range.upperBound])
      }
    } else {
      result = Array(bytes[..<position])
    }
    try copyMisc(removingExternalDTD: externalDTD, into: &result)
    return result + bytes[position...]
  }

  /// Comments, instructions and blanks up to the root, and the document type declaration when it stays.
  private mutating func copyMisc(removingExternalDTD: Bool, into result: inout [UInt8]) throws(Fault) {
    while position < bytes.count {
      if isBlank(bytes[position]) {
        result.append(bytes[position])
        position += 1
      } else if starts(with: Array("<!--".utf8)) {
        result += bytes[try upTo("-->", "a comment")]
      } else if starts(with: Array("<?".utf8)) {
        result += bytes[try upTo("?>", "an instruction")]
      } else if starts(with: Array("<!DOCTYPE".utf8)) {
        let (range, isExternal) = try documentType()
        if !(removingExternalDTD && isExternal) { result += bytes[range] }
        return
      } else {
        return
      }
    }
  }

  /// To the `>` that is outside of quotes and of the internal subset.
  private mutating func documentType() throws(Fault) -> (Range<Int>, isExternal: Bool) {
    let start = position
    position += 9
    var isExternal = false
    var quote: UInt8?
    var isInSubset = false
    while position < bytes.count {
      let byte = bytes[position]
      if let open = quote {
        if byte == open { quote = nil }
      } else if isInSubset, starts(with: Array("<!--".utf8)) {
        _ = try upTo("-->", "a comment")
        continue
      } else if byte == 0x22 || byte == 0x27 {
        quote = byte
      } else if byte == 0x5B {
        isInSubset = true
      } else if byte == 0x5D {
        isInSubset = false
      } else if byte == 0x3E, !isInSubset {
        position += 1
        return (start..<position, isExternal)
      } else if !isInSubset, starts(with: Array("SYSTEM".utf8)) || starts(with: Array("PUBLIC".utf8)),
        isBlank(bytes[position - 1])
      {
        isExternal = true
      }
      position += 1
    }
    throw Fault(detail: "the document type declaration has no end")
  }

  private mutating func upTo(_ end: String, _ what: String) throws(Fault) -> Range<Int> {
    let start = position
    let mark = Array(end.utf8)
    while position < bytes.count {
      if starts(with: mark) {
        position += mark.count
        return start..<position
      }
      position += 1
    }
    throw Fault(detail: "\(what) has no end")
  }

  private func starts(with text: [UInt8]) -> Bool { bytes[position...].starts(with: text) }

  private func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }
}
