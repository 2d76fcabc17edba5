import TenantBase

extension MIMEScanner {
  /// A container that is open.
  struct Frame: Sendable {
    enum Place: Sendable { case preamble, parts, epilogue }

    var isMultipart: Bool
    var isDigest = false
    var place = Place.preamble
    /// Where the preamble or the epilogue begins.
    var textStart: Int
    var preamble: Range<Int>?
  }

  /// Opens the part of a complete header.
  mutating func open(
    _ block: HeaderBlock, asLeaf: Bool = false, bodyStart: Int, into sink: inout some MIMEScannerSink
  ) {
    partCount += 1
    guard partCount <= limits.parts else { return exceed(.parts, at: block.offset, into: &sink) }
    let type = contentType(of: block, into: &sink)
    let encoding = transferEncoding(of: block, into: &sink)
    var part = ScannedPart(
      kind: .leaf, header: block, contentType: type, transferEncoding: encoding, bodyStart: bodyStart)
    let boundary = type.isMultipart && !asLeaf ? boundary(of: type, block, into: &sink) : nil
    if boundary != nil {
      part.kind = .multipart
      if encoding != .identity { sink.found(MIMEDefect(.encodedMultipart, offset: block.offset)) }
    } else if type.isMessage, !asLeaf, encoding == .identity || encoding == .unknown {
      part.kind = .message
    }
    if part.kind != .leaf, frames.count >= limits.depth { return exceed(.depth, at: block.offset, into: &sink) }
    sink.partBegan(part)
    begin(part, boundary: boundary)
  }

  private mutating func begin(_ part: ScannedPart, boundary: [UInt8]?) {
    state = .text
    isAtLineStart = true
    heldLineEnd = .none
    switch part.kind {
    case .leaf: isLeafOpen = true
    case .multipart:
      boundaries.push(boundary ?? [], frame: frames.count)
      frames.append(Frame(isMultipart: true, textStart: part.bodyStart))
      frames[frames.count - 1].isDigest = part.contentType.subtype == "digest"
    case .message:
      frames.append(Frame(isMultipart: false, textStart: part.bodyStart))
      defaultType = .plainText
      beginHeader(at: part.bodyStart)
    }
  }

  private func contentType(of block: HeaderBlock, into sink: inout some MIMEScannerSink) -> ContentType {
    guard let field = block.first(.contentType) else { return defaultType }
    if block.ranges.count(where: { $0.matches(.contentType, in: block.bytes) }) > 1 {
      sink.found(MIMEDefect(.repeatedField, offset: field.offset))
    }
    if let type = ContentType.parse(field.unfoldedBytes, limits: limits) { return type }
    sink.found(MIMEDefect(.malformedContentType, offset: field.offset))
    return .plainText
  }

  private func transferEncoding(of block: HeaderBlock, into sink: inout some MIMEScannerSink) -> ContentTransferEncoding
  {
    guard let field = block.first(.transferEncoding) else { return .identity }
    let encoding = ContentTransferEncoding(fieldValue: field.unfoldedBytes)
    if encoding == .unknown { sink.found(MIMEDefect(.unknownTransferEncoding, offset: field.offset)) }
    return encoding
  }

  private func boundary(
    of type: ContentType, _ block: HeaderBlock, into sink: inout some MIMEScannerSink
  ) -> [UInt8]? {
    if let boundary = type.parameters.bytes("boundary"), !boundary.isEmpty { return boundary }
    sink.found(MIMEDefect(.missingBoundaryParameter, offset: block.first(.contentType)?.offset ?? block.offset))
    return nil
  }

  /// Ends what a delimiter ends, and goes on behind its line.
  ///
  /// - Parameters:
  ///   - lineOffset: of the delimiter's first hyphen.
  ///   - lineIsComplete: whether the line end has been seen.
  ///   - next: the offset behind what was used.
  mutating func apply(
    _ match: BoundaryStack.Match, lineOffset: Int, lineIsComplete: Bool, next: Int,
    into sink: inout some MIMEScannerSink
  ) {
    guard state != .raw, frames.indices.contains(match.frame) else { return }
    let bodyEnd = max(lineOffset - heldLineEnd.length, 0)
    heldLineEnd = .none
    closeWithin(match.frame, bodyEnd: bodyEnd, into: &sink)
    if !match.isExact { sink.found(MIMEDefect(.textAfterBoundary, offset: lineOffset)) }
    if frames[match.frame].place == .preamble {
      frames[match.frame].preamble = frames[match.frame].textStart..<max(bodyEnd, frames[match.frame].textStart)
    }
    if match.isClosing {
      if frames[match.frame].place == .preamble {
        sink.found(MIMEDefect(.missingFirstBoundary, offset: lineOffset))
      }
      frames[match.frame].place = .epilogue
      boundaries.removeAll(from: match.frame)
    } else {
      frames[match.frame].place = .parts
      defaultType = frames[match.frame].isDigest ? .message : .plainText
    }
    isAtLineStart = true
    guard lineIsComplete else {
      state = .delimiterRest(opensPart: !match.isClosing)
      frames[match.frame].textStart = next
      return
    }
    if match.isClosing {
      state = .text
      beginEpilogue(at: next)
    } else {
      beginHeader(at: next)
    }
  }

  mutating func beginEpilogue(at offset: Int) {
    if let last = frames.indices.last { frames[last].textStart = offset }
  }

  /// Ends the open leaf and the containers within `frame`.
  private mutating func closeWithin(_ frame: Int, bodyEnd: Int, into sink: inout some MIMEScannerSink) {
    closeLeaf(bodyEnd: bodyEnd, into: &sink)
    while frames.count > frame + 1 { closeLast(bodyEnd: bodyEnd, into: &sink) }
  }

  mutating func closeAll(bodyEnd: Int, into sink: inout some MIMEScannerSink) {
    closeLeaf(bodyEnd: bodyEnd, into: &sink)
    while !frames.isEmpty { closeLast(bodyEnd: bodyEnd, into: &sink) }
  }

  private mutating func closeLeaf(bodyEnd: Int, into sink: inout some MIMEScannerSink) {
    guard isLeafOpen else { return }
    isLeafOpen = false
    sink.partEnded(ScannedPartEnd(bodyEnd: bodyEnd))
  }

  private mutating func closeLast(bodyEnd: Int, into sink: inout some MIMEScannerSink) {
    guard let frame = frames.popLast() else { return }
    boundaries.removeAll(from: frames.count)
    var end = ScannedPartEnd(bodyEnd: bodyEnd, preamble: frame.preamble)
    if frame.isMultipart {
      switch frame.place {
      case .preamble:
        sink.found(MIMEDefect(.missingFirstBoundary, offset: bodyEnd))
        end.preamble = frame.textStart..<max(bodyEnd, frame.textStart)
      case .parts: sink.found(MIMEDefect(.missingClosingBoundary, offset: bodyEnd))
      case .epilogue: end.epilogue = min(frame.textStart, bodyEnd)..<bodyEnd
      }
    }
    sink.partEnded(end)
  }
}
