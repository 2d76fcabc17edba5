import Artifacts
import Crypto
import FlowEngine
import FlowModel
import MessageStore
import System
import TenantBase

/// Deploys flows, all or none: read, checked, then stored in one transaction.
package struct FlowDeployment {
  package enum Difference: String, Sendable {
    case new, changed, same
  }

  /// A flow on its way.
  package struct Item: Sendable {
    /// As the person named it.
    package let file: String
    package let report: FlowCheckReport
    package let difference: Difference
    fileprivate let deployment: NewFlowDeployment

    package var name: String { report.loaded.flow.name }
    package var hasErrors: Bool { report.errorCount > 0 }
    /// The manifest's; nil when it will be counted.
    package var version: String? { deployment.version }
  }

  private let home: TenantHome
  private let checking: FlowChecking
  package private(set) var items: [Item] = []

  package init(home: TenantHome, checking: FlowChecking) {
    self.home = home
    self.checking = checking
  }

  /// Reads and checks flows; a package may bring several.
  ///
  /// - Returns: an error for each file that cannot be deployed at all; what the check found is in the items.
  package mutating func read(_ files: [String]) -> [any Error] {
    var problems: [any Error] = []
    for file in files {
      do {
        for bundle in try FlowLibrary.bundles(at: file) { try add(bundle, from: file) }
      } catch {
        problems.append(error)
      }
    }
    return problems
  }

  private mutating func add(_ bundle: FlowBundle, from file: String) throws {
    let loaded = try FlowLibrary.read(bundle)
    let name = loaded.flow.name
    try FlowName.check(name, file: loaded.files.flow.path)
    if let other = items.first(where: { $0.name == name }) {
      throw HomeError(
        .badInput,
        Explanation(
          "there are two flows '\(PrintableText.escaping(name))'",
          places: [other.report.loaded.files.flow.path, loaded.files.flow.path].map { PrintableText.escaping($0) },
          hints: ["deploy one of them, or give the other one another name"]))
    }
    let report = checking.check(loaded).forDeployment()
    let digest = Self.digest(of: bundle.files)
    let before = try TenantDatabase.openIfPresent(in: home.dataFolder)?.deployedFlow(named: name)
    let isSame = before.map { $0.digest == digest && $0.version == loaded.manifest?.version ?? $0.version }
    items.append(
      Item(
        file: file, report: report, difference: isSame.map { $0 ? .same : .changed } ?? .new,
        deployment: NewFlowDeployment(
          name: name, version: loaded.manifest?.version, digest: digest,
          status: report.errorCount > 0 ? .error : .deployed, findings: report.findings, files: bundle.files)))
  }

  /// Puts them all in place; who decides that flows with errors are stored too, calls it all the same.
  package func deploy(now: WallTime = .now) throws -> [DeployedFlow] {
    guard !items.isEmpty else { return [] }
    return try TenantDatabase.open(in: home.dataFolder).deploy(
      items.map(\.deployment), by: Surroundings.userName, on: Timestamp(milliseconds: now.milliseconds))
  }

  /// SHA-256 over the number of files, and each path and content with its length before it.
  static func digest(of files: [FlowBundle.File]) -> [UInt8] {
    var digest = Digest(.sha256)
    func length(_ count: Int) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: count >> (56 - 8 * $0)) } }
    digest.update(length(files.count))
    for file in files {
      for part in [Array(file.path.utf8), file.bytes] {
        digest.update(length(part.count))
        digest.update(part)
      }
    }
    return digest.finish()
  }
}

extension FlowCheckReport {
  /// A deployment takes no parameters from the command line: what has no value gets one in the overlay.
  fileprivate func forDeployment() -> FlowCheckReport {
    let overlay = loaded.files.overlay?.path ?? loaded.files.usualOverlay
    let file = ShellText.quoted(PrintableText.escaping(overlay))
    let findings = findings.map { finding in
      guard finding.code == "parameter-missing" else { return finding }
      var finding = finding
      // As a properties file wants it: a blank would end the key.
      let property = finding.subject.name.replacing(" ", with: "\\ ")
      finding.remedy = "give it in \(file): parameter.\(property)=…"
      return finding
    }
    return FlowCheckReport(loaded: loaded, findings: findings)
  }
}

/// What a flow may be called.
enum FlowName {
  /// SAP's limit for the id of an artifact.
  static let longest = 120

  static func check(_ name: String, file: String) throws(HomeError) {
    let scalars = name.unicodeScalars
    let isPrintable = scalars.allSatisfy { $0.value >= 0x20 && !(0x7F..<0xA0).contains($0.value) && $0 != "/" }
    guard !scalars.isEmpty, scalars.count <= longest, isPrintable, scalars.first != " ", scalars.last != " " else {
      throw HomeError(
        .badInput,
        Explanation(
          "a flow cannot be deployed as '\(PrintableText.escaping(name, limit: 200))'",
          places: [PrintableText.escaping(file)],
          cause: "a name has 1 to \(longest) characters, no control character, no slash and no blank at its ends"))
    }
  }
}
