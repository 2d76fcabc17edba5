import XMLTree

/// libFuzzer's own mutation of bytes.
@_silgen_name("LLVMFuzzerMutate")
func mutateBytes(_ data: UnsafeMutablePointer<UInt8>?, _ size: Int, _ most: Int) -> Int

/// Called by libFuzzer for a new input: half of them changed as a tree, so that they stay well-formed, half as bytes.
@_cdecl("LLVMFuzzerCustomMutator")
public func mutate(_ data: UnsafeMutablePointer<UInt8>?, _ size: Int, _ most: Int, _ seed: UInt32) -> Int {
  var random = SeededNumbers(state: UInt64(seed) | 1 << 40)
  guard let data, random.next() % 2 == 0 else { return mutateBytes(data, size, most) }
  let bytes = Array(UnsafeBufferPointer(start: data, count: size))
  guard let root = try? XMLTreeParser().parse(bytes, file: "f") else { return mutateBytes(data, size, most) }
  var mutation = TreeMutation(root: root, random: random)
  let changed = Array(mutation.text().utf8)
  guard changed.count <= most else { return mutateBytes(data, size, most) }
  for (index, byte) in changed.enumerated() { data[index] = byte }
  return changed.count
}

/// A small generator, so that a seed gives the same input again.
struct SeededNumbers: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state &* 0x2545_F491_4F6C_DD1D
  }
}

/// Writes a tree back with a few elements left out, doubled, exchanged or given another's values.
struct TreeMutation {
  private let root: XMLElement
  private var random: SeededNumbers
  private var values: [String] = []

  init(root: XMLElement, random: SeededNumbers) {
    self.root = root
    self.random = random
    Self.gather(root, into: &values)
    values += [
      "", "0", "-1", "99999999999999999999", "{{a}}", "{{", "${header.a}", "${", "<row><cell>x</cell></row>", "true",
    ]
  }

  private static func gather(_ element: XMLElement, into values: inout [String]) {
    values += element.attributes.map(\.value)
    for node in element.nodes {
      switch node {
      case .element(let child): gather(child, into: &values)
      case .text(let text): values.append(text)
      }
    }
  }

  mutating func text() -> String {
    // About three changes in a document, whatever its size.
    let rate = UInt64(max(values.count, 8)) / 3
    return write(root, rate: rate, isRoot: true)
  }

  private mutating func write(_ element: XMLElement, rate: UInt64, isRoot: Bool = false) -> String {
    var name = element.name.qualified
    var attributes = isRoot ? Self.declarations : ""
    for attribute in element.attributes {
      switch random.next() % (rate * 4) {
      case 0: continue
      case 1: attributes += " \(attribute.name.qualified)=\"\(escaped(values.randomElement(using: &random) ?? ""))\""
      default: attributes += " \(attribute.name.qualified)=\"\(escaped(attribute.value))\""
      }
    }
    if !isRoot, random.next() % (rate * 8) == 0 {
      name = ["subProcess", "property", "value", "process"].randomElement(using: &random) ?? name
    }
    var children: [String] = []
    for node in element.nodes {
      switch node {
      case .text(let text):
        let isChanged = random.next() % (rate * 2) == 0
        children.append(escaped(isChanged ? values.randomElement(using: &random) ?? text : text))
      case .element(let child):
        let written = write(child, rate: rate)
        switch random.next() % (rate * 2) {
        case 0: continue
        case 1: children += [written, written]
        case 2: children.insert(written, at: 0)
        default: children.append(written)
        }
      }
    }
    return "<\(name)\(attributes)>\(children.joined())</\(name)>"
  }

  private func escaped(_ text: String) -> String { (try? XMLEscaping.attribute(text)) ?? "" }

  /// Every prefix that published flows use.
  private static let declarations = ["bpmn2", "bpmndi", "dc", "di", "ifl", "xsi"].map { prefix in
    " xmlns:\(prefix)=\"urn:\(prefix)\""
  }.joined()
}
