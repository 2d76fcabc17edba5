import TenantBase

/// A regular expression as instructions of a backtracking machine.
struct PatternProgram: Sendable {
  enum Instruction: Sendable {
    case scalar(Unicode.Scalar, ignoresCase: Bool)
    case set(PatternSet)
    /// Goes on at the first; comes back to the second.
    case split(Int, Int)
    case jump(Int)
    /// Notes the position in a slot.
    case save(Int)
    /// Fails when nothing was read since the slot was noted, so that an empty loop ends.
    case progress(since: Int)
    case lookahead(end: Int, isNegative: Bool)
    case backReference(Int)
    case assertion(PatternNode.Assertion)
    case match
  }

  private(set) var instructions: [Instruction] = []
  /// Two slots a group, then one a loop.
  private(set) var slotCount: Int
  let groupCount: Int

  /// Counted repetitions are written out; more than this is a pattern that nobody means.
  private static let maximumLength = 50_000

  init(_ node: PatternNode, groups: Int) throws(ExpressionError) {
    groupCount = groups
    slotCount = (groups + 1) * 2
    try add(node)
    instructions.append(.match)
  }

  /// Nodes visited, which a repetition of nothing would let grow without an instruction.
  private var visits = 0

  private mutating func append(_ instruction: Instruction) throws(ExpressionError) {
    guard instructions.count < Self.maximumLength else {
      throw ExpressionError(.limitExceeded, detail: "the regular expression is too large")
    }
    instructions.append(instruction)
  }

  private mutating func add(_ node: PatternNode) throws(ExpressionError) {
    visits += 1
    guard visits < Self.maximumLength * 4 else {
      throw ExpressionError(.limitExceeded, detail: "the regular expression is too large")
    }
    switch node {
    case .empty: break
    case .scalar(let scalar, let ignoresCase): try append(.scalar(scalar, ignoresCase: ignoresCase))
    case .set(let set): try append(.set(set))
    case .sequence(let nodes): for node in nodes { try add(node) }
    case .alternatives(let branches): try addAlternatives(branches)
    case .group(let inner, let number):
      if let number { try append(.save(number * 2)) }
      try add(inner)
      if let number { try append(.save(number * 2 + 1)) }
    case .repetition(let inner, let least, let most, let isGreedy):
      try addRepetition(inner, least: least, most: most, isGreedy: isGreedy)
    case .lookahead(let inner, let isNegative):
      let start = instructions.count
      try append(.match)
      try add(inner)
      try append(.match)
      instructions[start] = .lookahead(end: instructions.count, isNegative: isNegative)
    case .backReference(let number):
      guard number <= groupCount else {
        throw ExpressionError(.malformed, offset: 0, detail: "regular expression: there is no group \(number)")
      }
      try append(.backReference(number))
    case .assertion(let assertion): try append(.assertion(assertion))
    }
  }

  private mutating func addAlternatives(_ branches: [PatternNode]) throws(ExpressionError) {
    var jumps: [Int] = []
    for (position, branch) in branches.enumerated() {
      if position == branches.count - 1 {
        try add(branch)
      } else {
        let split = instructions.count
        try append(.match)
        try add(branch)
        jumps.append(instructions.count)
        try append(.match)
        instructions[split] = .split(split + 1, instructions.count)
      }
    }
    for jump in jumps { instructions[jump] = .jump(instructions.count) }
  }

  private mutating func addRepetition(
    _ node: PatternNode, least: Int, most: Int?, isGreedy: Bool
  ) throws(ExpressionError) {
    for _ in 0..<least { try add(node) }
    guard let most else {
      let slot = slotCount
      slotCount += 1
      let split = instructions.count
      try append(.match)
      try append(.save(slot))
      try add(node)
      try append(.progress(since: slot))
      try append(.jump(split))
      setSplit(split, isGreedy: isGreedy)
      return
    }
    var splits: [Int] = []
    for _ in least..<max(most, least) {
      splits.append(instructions.count)
      try append(.match)
      try add(node)
    }
    for split in splits { setSplit(split, isGreedy: isGreedy) }
  }

  private mutating func setSplit(_ split: Int, isGreedy: Bool) {
    let end = instructions.count
    instructions[split] = isGreedy ? .split(split + 1, end) : .split(end, split + 1)
  }
}

/// Runs a program over a text. All matches in it together may take ``ExpressionLimits/matchSteps``, and twenty more for
/// each character.
struct PatternMachine {
  private enum Entry {
    case alternative(pc: Int, position: Int)
    case slot(Int, Int)
  }

  private let program: PatternProgram
  private let text: [Unicode.Scalar]
  private var stepsLeft: Int

  init(_ program: PatternProgram, _ text: [Unicode.Scalar]) {
    self.program = program
    self.text = text
    stepsLeft = ExpressionLimits.matchSteps + 20 * text.count
  }

  /// The groups of the match that begins at `start`, the whole first; nil when there is none.
  mutating func match(at start: Int, toEnd: Bool) throws(ExpressionError) -> [Range<Int>?]? {
    var slots = [Int](repeating: -1, count: program.slotCount)
    guard let end = try run(from: 0, at: start, slots: &slots, toEnd: toEnd) else { return nil }
    slots[0] = start
    slots[1] = end
    return (0...program.groupCount).map { group in
      let (low, high) = (slots[group * 2], slots[group * 2 + 1])
      return low >= 0 && high >= low ? low..<high : nil
    }
  }

  /// - Returns: the position after the match.
  private mutating func run(
    from first: Int, at start: Int, slots: inout [Int], toEnd: Bool
  ) throws(ExpressionError) -> Int? {
    var stack: [Entry] = []
    var pc = first
    var position = start
    while true {
      stepsLeft -= 1
      guard stepsLeft > 0 else {
        throw ExpressionError(.limitExceeded, detail: "the regular expression takes too long on this text")
      }
      let didMatch: Bool
      switch program.instructions[pc] {
      case .match:
        if !toEnd || position == text.count { return position }
        didMatch = false
      case .split(let now, let later):
        stack.append(.alternative(pc: later, position: position))
        pc = now
        continue
      case .jump(let target):
        pc = target
        continue
      case .save(let slot):
        stack.append(.slot(slot, slots[slot]))
        slots[slot] = position
        didMatch = true
      case .progress(let slot): didMatch = slots[slot] < position
      case .lookahead(let end, let isNegative):
        var inner = slots
        let found = try run(from: pc + 1, at: position, slots: &inner, toEnd: false) != nil
        guard found != isNegative else {
          didMatch = false
          break
        }
        for slot in inner.indices where inner[slot] != slots[slot] && !isNegative {
          stack.append(.slot(slot, slots[slot]))
          slots[slot] = inner[slot]
        }
        pc = end
        continue
      case let instruction:
        let length = read(instruction, at: position, slots)
        position += length ?? 0
        didMatch = length != nil
      }
      if didMatch {
        pc += 1
      } else {
        guard let next = Self.backtrack(&stack, &slots) else { return nil }
        (pc, position) = next
      }
    }
  }

  private static func backtrack(_ stack: inout [Entry], _ slots: inout [Int]) -> (Int, Int)? {
    while let entry = stack.popLast() {
      switch entry {
      case .alternative(let pc, let position): return (pc, position)
      case .slot(let slot, let value): slots[slot] = value
      }
    }
    return nil
  }

  /// The number of scalars that a simple instruction reads; nil when it does not match.
  private func read(_ instruction: PatternProgram.Instruction, at position: Int, _ slots: [Int]) -> Int? {
    switch instruction {
    case .scalar(let wanted, let ignoresCase):
      guard position < text.count else { return nil }
      let scalar = text[position]
      return scalar == wanted || (ignoresCase && scalar.otherCase == wanted) ? 1 : nil
    case .set(let set): return position < text.count && set.contains(text[position]) ? 1 : nil
    case .backReference(let group):
      let (low, high) = (slots[group * 2], slots[group * 2 + 1])
      guard low >= 0, high >= low, high - low <= text.count - position else { return nil }
      return text[low..<high].elementsEqual(text[position..<position + high - low]) ? high - low : nil
    case .assertion(let assertion): return holds(assertion, at: position) ? 0 : nil
    case .split, .jump, .save, .progress, .lookahead, .match: return nil
    }
  }

  private func holds(_ assertion: PatternNode.Assertion, at position: Int) -> Bool {
    switch assertion {
    case .textStart: position == 0
    // Java's `$` also stands before a line end that ends the text.
    case .textEnd: position == text.count || (position == text.count - 1 && text[position] == "\n")
    case .lineStart: position == 0 || text[position - 1] == "\n"
    case .lineEnd: position == text.count || text[position] == "\n"
    case .wordBoundary: isBoundary(position)
    case .noWordBoundary: !isBoundary(position)
    }
  }

  private func isBoundary(_ position: Int) -> Bool {
    let before = position > 0 && text[position - 1].isWord
    let after = position < text.count && text[position].isWord
    return before != after
  }
}
