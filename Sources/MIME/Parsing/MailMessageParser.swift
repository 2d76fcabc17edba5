/// Reads a mail: any bytes give a message, never an error.
///
/// ```swift
/// let message = MailMessageParser.parse(bytes)          // the whole mail at once
///
/// var parser = MailMessageParser()                      // or in pieces of any size, with the same result
/// parser.consume(piece)
/// let message = parser.finish()
/// ```
package struct MailMessageParser: ~Copyable {
  private var scanner: MIMEScanner
  private var builder: MessageTreeBuilder<NoPartStore>
  private var source: [UInt8] = []

  package init(limits: MIMELimits = .standard) {
    scanner = MIMEScanner(limits: limits)
    builder = MessageTreeBuilder(mode: .keptRaw, limits: limits, store: NoPartStore())
  }

  package static func parse(_ bytes: [UInt8], limits: MIMELimits = .standard) -> ReceivedMail {
    var parser = MailMessageParser(limits: limits)
    parser.consume(bytes)
    return parser.finish()
  }

  package mutating func consume(_ piece: [UInt8]) {
    if source.isEmpty { source = piece } else { source += piece }
    scanner.consume(piece, into: &builder)
  }

  /// Bytes looked at so far, for tests of linear time.
  package var work: Int { scanner.work }

  package consuming func finish() -> ReceivedMail {
    scanner.finish(into: &builder)
    return ReceivedMail(builder, source: source)
  }
}

/// Reads a mail as it arrives: large parts go, decoded, to a store; nothing else is kept of the bodies.
///
/// Memory is bounded by the header blocks, `MIMELimits.partInMemory` for each part, and one piece.
package struct MailStreamParser<Store: PartStore>: ~Copyable {
  private var scanner: MIMEScanner
  private var builder: MessageTreeBuilder<Store>

  package init(limits: MIMELimits = .standard, store: Store) {
    scanner = MIMEScanner(limits: limits)
    builder = MessageTreeBuilder(mode: .decoded, limits: limits, store: store)
  }

  package mutating func consume(_ piece: [UInt8]) { scanner.consume(piece, into: &builder) }

  /// - Returns: the message, whose raw bytes are not kept, and the store.
  package consuming func finish() -> (message: ReceivedMail, store: Store) {
    scanner.finish(into: &builder)
    return (ReceivedMail(builder, source: []), builder.store)
  }
}

extension ReceivedMail {
  fileprivate init(_ builder: MessageTreeBuilder<some PartStore>, source: [UInt8]) {
    exceededLimit = builder.exceededLimit
    defects = builder.defects
    defectCount = builder.defectCount
    if builder.exceededLimit == nil, let root = builder.root {
      self.root = root
      sources = [source] + builder.embeddedSources
    } else {
      root = builder.rawRoot(count: source.count)
      sources = [source]
    }
  }
}
