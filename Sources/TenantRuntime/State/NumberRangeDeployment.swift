import Artifacts
import FlowEngine
import MessageStore
import System
import TenantBase

/// Deploys number ranges, all or none. They hold no secret, and no keystore is needed for them.
package struct NumberRangeDeployment: Sendable {
  package enum Difference: String, Sendable {
    case new, changed, same
  }

  /// A number range on its way.
  package struct Item: Sendable {
    package let file: String
    package let range: NumberRange
    package let difference: Difference
  }

  private let home: TenantHome
  package private(set) var items: [Item] = []

  package init(home: TenantHome) { self.home = home }

  /// - Returns: an error for each file that cannot be deployed; empty when all can.
  package mutating func read(_ files: [String]) -> [any Error] {
    var problems: [any Error] = []
    do {
      let deployed = try TenantDatabase.openIfPresent(in: home.dataFolder)?.numberRanges() ?? []
      for file in files {
        do { try add(file, deployed) } catch { problems.append(error) }
      }
    } catch { problems.append(error) }
    return problems
  }

  private mutating func add(_ file: String, _ deployed: [DeployedNumberRange]) throws {
    let range = try NumberRangeFile.read(FileContents.read(file, limit: ArtifactLimits.fileBytes), file: file)
    if let other = items.first(where: { $0.range.name == range.name }) {
      throw HomeError(
        .badInput,
        Explanation(
          "the number range '\(PrintableText.escaping(range.name.text))' stands in two files",
          places: [PrintableText.escaping(other.file), PrintableText.escaping(file)],
          hints: ["deploy one of them, or give the other one another name"]))
    }
    let before = deployed.first { $0.rule.name == range.name.text }
    items.append(
      Item(
        file: file, range: range,
        difference: before.map { $0.rule == NumberRangeRule(range) ? .same : .changed } ?? .new))
  }

  /// Puts them all in place; a range that is there already goes on where it was.
  package func deploy(now: WallTime = .now) throws {
    let changed = items.filter { $0.difference != .same }.map { NumberRangeRule($0.range) }
    guard !changed.isEmpty else { return }
    try TenantDatabase.open(in: home.dataFolder).deploy(
      changed, by: Surroundings.userName, on: Timestamp(milliseconds: now.milliseconds))
  }
}

extension NumberRangeRule {
  init(_ range: NumberRange) {
    self.init(
      name: range.name.text, description: range.description, minimum: range.minimum, maximum: range.maximum,
      rotates: range.rotates, fieldLength: range.fieldLength)
  }
}

/// What number ranges a home has: deployed ones, and files that are not deployed.
package struct NumberRangeInventory: Sendable {
  package struct Row: Sendable {
    package let name: String
    package let status: ArtifactInventory.Status
    /// nil when it is not deployed.
    package let deployed: DeployedNumberRange?
    /// What is deployed, else what the file says; nil for a file that cannot be read.
    package let rule: NumberRangeRule?
    package let file: String?
    /// The file says something else than what is deployed.
    package let isFileChanged: Bool
    package let problem: String?
    /// The flows that refer to it, sorted.
    package let usedBy: [String]
  }

  /// Sorted by name.
  package let rows: [Row]

  package init(of home: TenantHome) throws {
    let deployed = try TenantDatabase.openIfPresent(in: home.dataFolder)?.numberRanges() ?? []
    var files: [(file: String, range: NumberRange)] = []
    var rows: [Row] = []
    for file in try DeployableFile.numberRangeFiles(in: home.artifactsFolder) {
      do {
        let bytes = try FileContents.read(file, limit: ArtifactLimits.fileBytes)
        files.append((file, try NumberRangeFile.read(bytes, file: file)))
      } catch {
        rows.append(
          Row(
            name: FilePath.split(file).name, status: .error, deployed: nil, rule: nil, file: file,
            isFileChanged: false, problem: (error as? any ExplainedError)?.explanation.summary ?? "cannot be read",
            usedBy: []))
      }
    }
    let usage = deployed.isEmpty && files.isEmpty ? [:] : HomeFlowUsage(home: home).flowsByNumberRange()
    for range in deployed {
      let file = files.first { $0.range.name.text == range.rule.name }
      let isUsedUp = range.next == nil
      rows.append(
        Row(
          name: range.rule.name, status: isUsedUp ? .error : .deployed, deployed: range, rule: range.rule,
          file: file?.file, isFileChanged: file.map { NumberRangeRule($0.range) != range.rule } ?? false,
          problem: isUsedUp ? "its last number was given, and it does not rotate" : nil,
          usedBy: usage[range.rule.name] ?? []))
    }
    for file in files where !deployed.contains(where: { $0.rule.name == file.range.name.text }) {
      let rule = NumberRangeRule(file.range)
      rows.append(
        Row(
          name: rule.name, status: .stored, deployed: nil, rule: rule, file: file.file, isFileChanged: false,
          problem: nil, usedBy: usage[rule.name] ?? []))
    }
    self.rows = rows.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }
}

/// The deployed number ranges among names that a person gave, and their removal.
package struct NumberRangeRemoval: Sendable {
  private let home: TenantHome
  /// In the order of the names.
  package let names: [String]

  package init(names: [String], home: TenantHome) throws {
    self.home = home
    let deployed = try TenantDatabase.openIfPresent(in: home.dataFolder)?.numberRanges().map(\.rule.name) ?? []
    self.names = names.filter(deployed.contains)
  }

  /// - Parameter remaining: the flows that stay.
  /// - Throws: when flows use one of them and that is not allowed; nothing is removed then.
  package func refuseUsed(without gone: Set<String>) throws {
    guard !names.isEmpty else { return }
    let usage = HomeFlowUsage(home: home).flowsByNumberRange()
    for name in names {
      let flows = (usage[name] ?? []).filter { !gone.contains($0) }
      guard !flows.isEmpty else { continue }
      let shown = PrintableText.escaping(name)
      throw HomeError(
        .configuration,
        Explanation(
          "cannot undeploy '\(shown)': \(flows.count == 1 ? "a flow uses it" : "\(flows.count) flows use it")",
          places: flows.prefix(20).map { "flow '\(PrintableText.escaping($0))'" },
          hints: [
            "remove it nevertheless: tenant\(home.hintOption) undeploy-artifact \(ShellText.quoted(shown)) --force"
          ]))
    }
  }

  package func remove() throws {
    guard !names.isEmpty else { return }
    try TenantDatabase.open(in: home.dataFolder).undeployNumberRanges(names)
  }
}

/// Sets the number that a deployed number range gives next.
package enum NumberRangeCounter {
  /// - Parameter allowsRepetition: also a number that may have been given already.
  package static func set(
    _ name: String, to number: Int64, allowsRepetition: Bool, home: TenantHome
  ) throws -> DeployedNumberRange {
    let database = try TenantDatabase.openIfPresent(in: home.dataFolder)
    let ranges = try database?.numberRanges() ?? []
    let shown = PrintableText.escaping(name, limit: 200)
    guard let database, let range = ranges.first(where: { $0.rule.name == name }) else {
      throw HomeError(
        .configuration,
        Explanation(
          "the number range '\(shown)' is not deployed", hints: ["see all: tenant\(home.hintOption) list-artifacts"]))
    }
    guard (range.rule.minimum...range.rule.maximum).contains(number) else {
      throw HomeError(
        .badInput,
        Explanation(
          "\(number) is no number of '\(shown)'",
          cause: "it goes from \(range.rule.minimum) to \(range.rule.maximum)"))
    }
    guard try database.setNextNumber(of: name, to: number, allowsRepetition: allowsRepetition) else {
      throw HomeError(
        .refused,
        Explanation(
          "\(number) may have been given already", cause: "the highest number given is \(range.highestGiven ?? 0)",
          hints: [
            "give it again nevertheless: tenant\(home.hintOption) number-range set-next \(ShellText.quoted(shown)) "
              + "\(number) --force"
          ]))
    }
    return try database.numberRanges().first { $0.rule.name == name } ?? range
  }
}
