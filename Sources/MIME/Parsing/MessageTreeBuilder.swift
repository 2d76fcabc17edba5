/// Builds the tree of parts from what the scanner finds.
struct MessageTreeBuilder<Store: PartStore>: MIMEScannerSink {
  /// What happens to the content of leaves.
  enum ContentMode: Sendable {
    /// The raw bytes are kept; content is decoded when asked for.
    case keptRaw
    /// Content is decoded as it comes and kept in memory or, when large, in the store.
    case decoded
  }

  /// A part that has not ended.
  private struct OpenPart {
    var part: MIMEPart
    var childCount = 0
  }

  let mode: ContentMode
  let limits: MIMELimits
  /// The path of the message whose tree this is.
  private let basePath: [Int]
  /// Encoded messages around this one.
  private let encodedLevel: Int
  private let sourceNumber: Int

  private var open: [OpenPart] = []
  private var content: ContentWriter?
  private var embedded: EmbeddedMessage<Store>?
  private(set) var root: MIMEPart?
  private(set) var defects: [MIMEDefect] = []
  /// Defects of the header that is being read; its part has no path yet.
  private var headerDefects: [MIMEDefect] = []
  private(set) var defectCount = 0
  private(set) var budget: MessageBudget
  private(set) var exceededLimit: MIMELimits.Name?
  /// The decoded encoded messages, in the order of their source numbers.
  private(set) var embeddedSources: [[UInt8]] = []
  var store: Store

  init(
    mode: ContentMode, limits: MIMELimits, basePath: [Int] = [1], encodedLevel: Int = 0, sourceNumber: Int = 0,
    budget: MessageBudget = MessageBudget(), store: Store
  ) {
    self.mode = mode
    self.limits = limits
    self.basePath = basePath
    self.encodedLevel = encodedLevel
    self.sourceNumber = sourceNumber
    self.budget = budget
    self.store = store
  }

  mutating func partBegan(_ scanned: ScannedPart) {
    guard exceededLimit == nil else { return }
    budget.parts += 1
    budget.headerBytes += scanned.header.bytes.count
    let part = MIMEPart(
      path: nextPath(), kind: .init(scanned.kind), header: scanned.header, contentType: scanned.contentType,
      transferEncoding: scanned.transferEncoding, source: sourceNumber,
      range: scanned.header.offset..<scanned.bodyStart, bodyRange: scanned.bodyStart..<scanned.bodyStart,
      content: scanned.kind == .leaf ? .raw : .none)
    open.append(OpenPart(part: part))
    let pending = headerDefects
    headerDefects = []
    for defect in pending { note(defect, path: part.path) }
    if let limit = budget.exceeded(limits) {
      found(MIMEDefect(.limitExceeded, offset: scanned.header.offset))
      return exceeded(limit, offset: scanned.header.offset)
    }
    guard scanned.kind == .leaf else { return }
    if part.contentType.isMessage, part.transferEncoding != .unknown, part.transferEncoding != .identity {
      beginEmbedded(part)
    } else {
      beginContent(part)
    }
  }

  private mutating func beginContent(_ part: MIMEPart) {
    guard mode == .decoded else { return }
    let left = max(limits.contentInMemory - budget.contentInMemory, 0)
    content = ContentWriter(
      path: part.path, encoding: part.transferEncoding, limit: min(limits.partInMemory, left))
  }

  private mutating func nextPath() -> [Int] {
    guard let last = open.indices.last else { return basePath }
    open[last].childCount += 1
    return open[last].part.path + [open[last].childCount]
  }

  private mutating func beginEmbedded(_ part: MIMEPart) {
    guard encodedLevel < limits.encodedMessages else {
      found(MIMEDefect(.encodedMessageTooDeep, offset: part.header.offset))
      return beginContent(part)
    }
    found(MIMEDefect(.encodedMessage, offset: part.header.offset))
    var inner = limits
    inner.depth = max(limits.depth - part.path.count, 0)
    let builder = MessageTreeBuilder(
      mode: mode, limits: inner, basePath: part.path + [1], encodedLevel: encodedLevel + 1,
      sourceNumber: sourceNumber + embeddedSources.count + 1, budget: budget, store: store)
    embedded = EmbeddedMessage(builder: builder, encoding: part.transferEncoding)
  }

  mutating func bodyBytes(_ bytes: ArraySlice<UInt8>) {
    if let embedded {
      embedded.append(bytes)
    } else if content != nil {
      content?.append(bytes, to: &store)
    }
  }

  mutating func partEnded(_ end: ScannedPartEnd) {
    guard exceededLimit == nil, var ended = open.popLast()?.part else { return }
    ended.bodyRange = ended.bodyRange.lowerBound..<max(end.bodyEnd, ended.bodyRange.lowerBound)
    ended.range = ended.range.lowerBound..<ended.bodyRange.upperBound
    ended.preamble = end.preamble
    ended.epilogue = end.epilogue
    if let embedded {
      self.embedded = nil
      take(embedded, into: &ended)
      // The raw mail keeps the root's header.
      if exceededLimit != nil { return open.append(OpenPart(part: ended)) }
    } else if content != nil {
      if let finished = content?.finish(in: &store) { ended.content = finished }
      if case .memory(let bytes) = ended.content { budget.contentInMemory += bytes.count }
      content = nil
    }
    if let last = open.indices.last {
      open[last].part.children.append(ended)
    } else {
      root = ended
    }
  }

  private mutating func take(_ embedded: EmbeddedMessage<Store>, into part: inout MIMEPart) {
    embedded.finish()
    let inner = embedded.builder
    store = inner.store
    budget = inner.budget
    for defect in inner.defects { note(defect, path: defect.path) }
    defectCount += inner.defectCount - inner.defects.count
    if let limit = inner.exceededLimit {
      exceeded(limit, offset: part.bodyRange.lowerBound)
      return
    }
    guard let child = inner.root else { return }
    part.kind = .message
    part.content = .none
    part.children = [child]
    embeddedSources.append(embedded.decoded)
    embeddedSources += inner.embeddedSources
  }

  mutating func found(_ defect: MIMEDefect) {
    if defect.kind.isAboutHeader {
      headerDefects.append(defect)
    } else {
      note(defect, path: defect.kind == .limitExceeded ? basePath : open.last?.part.path ?? basePath)
    }
  }

  private mutating func note(_ defect: MIMEDefect, path: [Int]) {
    defectCount += 1
    guard defects.count < limits.defects else { return }
    var defect = defect
    defect.path = path
    defects.append(defect)
  }

  mutating func exceeded(_ limit: MIMELimits.Name, offset: Int) {
    if exceededLimit == nil { exceededLimit = limit }
    if content != nil {
      _ = content?.finish(in: &store)
      content = nil
    }
    embedded = nil
  }

  /// The mail over a limit: one raw leaf with the root's header, if that was read.
  func rawRoot(count: Int) -> MIMEPart {
    var part =
      open.first?.part ?? root
      ?? MIMEPart(
        path: basePath, kind: .leaf, header: .empty, contentType: .plainText, transferEncoding: .identity,
        source: sourceNumber, range: 0..<count, bodyRange: 0..<count, content: .raw)
    part.kind = .leaf
    part.children = []
    part.content = mode == .keptRaw ? .raw : .none
    part.transferEncoding = .identity
    part.range = 0..<count
    part.bodyRange = min(part.bodyRange.lowerBound, count)..<count
    part.preamble = nil
    part.epilogue = nil
    return part
  }
}

/// What of the limits is used up, over a mail and the encoded messages within.
struct MessageBudget: Sendable {
  var parts = 0
  var headerBytes = 0
  var contentInMemory = 0

  func exceeded(_ limits: MIMELimits) -> MIMELimits.Name? {
    if parts > limits.parts { return .parts }
    return headerBytes > limits.headers ? .headers : nil
  }
}

extension MIMEPart.Kind {
  init(_ kind: ScannedPart.Kind) {
    self =
      switch kind {
      case .leaf: .leaf
      case .multipart: .multipart
      case .message: .message
      }
  }
}

/// A message that came in base64, quoted-printable or uuencode: decoded and scanned while it comes.
///
/// A class, because a tree builder may hold one that holds a tree builder.
private final class EmbeddedMessage<Store: PartStore> {
  var builder: MessageTreeBuilder<Store>
  private var scanner: MIMEScanner
  private var decoder: TransferDecoder
  /// All decoded bytes, kept where raw bytes are kept.
  private(set) var decoded: [UInt8] = []

  init(builder: MessageTreeBuilder<Store>, encoding: ContentTransferEncoding) {
    self.builder = builder
    scanner = MIMEScanner(limits: builder.limits)
    decoder = TransferDecoder(encoding)
  }

  func append(_ bytes: ArraySlice<UInt8>) {
    var piece: [UInt8] = []
    decoder.decode(bytes, into: &piece)
    take(piece)
  }

  func finish() {
    var piece: [UInt8] = []
    decoder.finish(into: &piece)
    take(piece)
    scanner.finish(into: &builder)
  }

  private func take(_ piece: [UInt8]) {
    scanner.consume(piece, into: &builder)
    if builder.mode == .keptRaw { decoded += piece }
  }
}

/// Decodes the content of one leaf as it comes, in memory until it is too large for that.
private struct ContentWriter {
  private let path: [Int]
  private let limit: Int
  private var decoder: TransferDecoder
  private var buffer: [UInt8] = []
  private var stored: (number: Int, count: Int)?

  init(path: [Int], encoding: ContentTransferEncoding, limit: Int) {
    self.path = path
    self.limit = limit
    decoder = TransferDecoder(encoding)
  }

  mutating func append(_ bytes: ArraySlice<UInt8>, to store: inout some PartStore) {
    decoder.decode(bytes, into: &buffer)
    if buffer.count > limit || stored != nil { flush(to: &store) }
  }

  mutating func finish(in store: inout some PartStore) -> MIMEPart.Content {
    decoder.finish(into: &buffer)
    guard stored != nil else { return .memory(buffer) }
    flush(to: &store)
    store.end()
    return stored.map { .stored(number: $0.number, count: $0.count) } ?? .none
  }

  private mutating func flush(to store: inout some PartStore) {
    if stored == nil { stored = (store.begin(path: path), 0) }
    if !buffer.isEmpty { store.append(buffer[...]) }
    stored?.count += buffer.count
    buffer.removeAll(keepingCapacity: true)
  }
}
