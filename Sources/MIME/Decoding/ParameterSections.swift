import TenantBase

/// Gathers the sections of RFC 2231 (`name*0*=`, `name*1=`, `name*=`) and joins them.
struct ParameterSections {
  private struct Section {
    var number: Int
    var isExtended: Bool
    var value: [UInt8]
  }

  private struct Parameter {
    var name: [UInt8]
    var plain: [UInt8]?
    /// `name*=`, the whole value in one.
    var extended: [UInt8]?
    var sections: [Section] = []
  }

  private let limit: Int
  private var count = 0
  private var parameters: [Parameter] = []
  private var indexOfName: [[UInt8]: Int] = [:]

  init(limit: Int) { self.limit = limit }

  /// - Returns: false when the limit is reached and the rest is not looked at.
  mutating func add(name: [UInt8], value: [UInt8]) -> Bool {
    count += 1
    guard count <= limit else { return false }
    let (base, number, isExtended) = Self.divide(name)
    let index = indexOfParameter(base)
    if let number {
      // Lenient: a section number beyond the limit cannot be counted up to; the section is ignored.
      guard number >= 0, number <= limit else { return true }
      parameters[index].sections.append(Section(number: number, isExtended: isExtended, value: value))
    } else if isExtended {
      if parameters[index].extended == nil { parameters[index].extended = value }
    } else if parameters[index].plain == nil {
      parameters[index].plain = value
    }
    return true
  }

  private mutating func indexOfParameter(_ name: [UInt8]) -> Int {
    if let index = indexOfName[name] { return index }
    parameters.append(Parameter(name: name))
    indexOfName[name] = parameters.count - 1
    return parameters.count - 1
  }

  /// `title*1*` into `title`, 1, extended. A number that does not fit is -1.
  private static func divide(_ name: [UInt8]) -> (base: [UInt8], number: Int?, isExtended: Bool) {
    guard let star = name.firstIndex(of: 0x2A) else { return (name, nil, false) }
    let base = Array(name[..<star])
    var rest = name[(star + 1)...]
    guard !base.isEmpty else { return (name, nil, false) }
    if rest.isEmpty { return (base, nil, true) }
    let isExtended = rest.last == 0x2A
    if isExtended { rest.removeLast() }
    guard !rest.isEmpty, rest.allSatisfy(ASCII.isDigit) else { return (base, -1, isExtended) }
    return (base, Int(rest.utf8Text) ?? -1, isExtended)
  }

  /// The decoded list. Of several forms the extended one counts first, then the sections, then the plain value.
  func joined() -> ParameterList {
    var list = ParameterList()
    for parameter in parameters {
      let name = parameter.name.utf8Text
      if let extended = parameter.extended {
        list.items.append(.init(name: name, value: Self.decode(extended: extended), plainBytes: nil))
      } else if !parameter.sections.isEmpty {
        list.items.append(.init(name: name, value: Self.decode(parameter.sections), plainBytes: nil))
      } else if let plain = parameter.plain {
        list.items.append(.init(name: name, value: Self.decode(plain: plain), plainBytes: plain))
      }
    }
    return list
  }

  /// Encoded words within a parameter are forbidden (RFC 2047 section 5) and common.
  private static func decode(plain: [UInt8]) -> String { HeaderText.decode(plain) }

  private static func decode(extended value: [UInt8]) -> String {
    let (charset, text) = charsetAndText(value)
    guard let charset else {
      // Lenient: `filename*=name.pdf` without charset and language.
      return HeaderText.decode(percentDecoded(text))
    }
    return Charset.decodeHeader(percentDecoded(text), charset: charset)
  }

  private static func decode(_ sections: [Section]) -> String {
    // Sections may come in any order; of a number that comes twice the first counts.
    let ordered = sections.enumerated().sorted { ($0.element.number, $0.offset) < ($1.element.number, $1.offset) }
    var bytes: [UInt8] = []
    var charset: String?
    var last = -1
    for (_, section) in ordered where section.number != last {
      var value = section.value[...]
      if last == -1, section.isExtended {
        let (name, text) = charsetAndText(section.value)
        charset = name
        value = text[...]
      }
      bytes += section.isExtended ? percentDecoded(Array(value)) : Array(value)
      last = section.number
    }
    guard let charset else { return HeaderText.decode(bytes) }
    return Charset.decodeHeader(bytes, charset: charset)
  }

  /// `utf-8'en'text` divided at its two quotes; without them all is text. An empty charset is UTF-8.
  private static func charsetAndText(_ value: [UInt8]) -> (charset: String?, text: [UInt8]) {
    guard let first = value.firstIndex(of: 0x27),
      let second = value[(first + 1)...].firstIndex(of: 0x27)
    else { return (nil, value) }
    let charset = value[..<first].utf8Text
    return (charset.isEmpty ? "utf-8" : charset, Array(value[(second + 1)...]))
  }

  private static func percentDecoded(_ value: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(value.count)
    var index = 0
    while index < value.count {
      if value[index] == 0x25, index + 2 < value.count, let high = Hexadecimal.value(value[index + 1]),
        let low = Hexadecimal.value(value[index + 2])
      {
        result.append(high << 4 | low)
        index += 3
      } else {
        result.append(value[index])
        index += 1
      }
    }
    return result
  }
}

enum Hexadecimal {
  static func value(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x41...0x46: byte - 0x37
    case 0x61...0x66: byte - 0x57
    default: nil
    }
  }
}
