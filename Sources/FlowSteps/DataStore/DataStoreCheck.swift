import Expressions
import FlowEngine
import FlowModel
import TenantBase

/// What is to be said of the properties of data store steps.
package struct DataStoreCheck: StepCheck {
  private let hasKeystore: Bool?
  private let commands: StepCommands

  /// - Parameter hasKeystore: whether the tenant has a keystore; nil when it cannot be known.
  package init(hasKeystore: Bool?, commands: StepCommands = StepCommands()) {
    self.hasKeystore = hasKeystore
    self.commands = commands
  }

  package func covers(_ type: StepType) -> Bool {
    [.dataStorePut, .dataStoreGet, .dataStoreSelect, .dataStoreDelete].contains(type)
  }

  package func findings(for element: FlowElement, in flow: IntegrationFlow) -> [Finding] {
    let properties = element.properties
    var result: [Finding] = []
    func add(_ severity: Finding.Severity, _ code: String, _ key: String, _ reason: String) {
      result.append(Finding(severity, code, at: properties.place(of: key), .init(element), reason))
    }
    let name = properties.text("storageName")
    if name.isEmpty {
      add(.error, "data-store-unnamed", "storageName", "the data store has no name")
    } else if !name.contains("{") {
      do throws(FlowFailure) { try DataStoreSettings.check(name: name) } catch {
        add(.error, "data-store-name", "storageName", error.description)
      }
    }
    for key in ["storageName", "messageId", "dataStoreId", "maxresults"] {
      result += ExpressionFindings.findings(properties.text(key), at: properties.place(of: key), .init(element))
    }
    if element.type == .dataStorePut { result += writeFindings(element) }
    if element.type == .dataStoreSelect, let text = properties["maxresults"], !text.isEmpty, !text.contains("{"),
      (properties.integer("maxresults") ?? 0) < 1
    {
      add(.error, "data-store-count", "maxresults", "the number of polled messages is not a number of 1 or more")
    }
    return result
  }

  private func writeFindings(_ element: FlowElement) -> [Finding] {
    let properties = element.properties
    var result: [Finding] = []
    var days: [String: Int] = [:]
    for (key, fallback) in [("expire", StateLimits.defaultExpiryDays), ("alert", StateLimits.defaultAlertDays)] {
      guard !properties.text(key).contains("{{") else { continue }
      do throws(FlowFailure) {
        days[key] = try properties.days(key, default: fallback, upTo: StateLimits.longestExpiryDays)
      } catch {
        result.append(
          Finding(.error, "data-store-days", at: properties.place(of: key), .init(element), error.description))
      }
    }
    if let expire = days["expire"], let alert = days["alert"], expire < alert * 2 {
      result.append(
        Finding(
          .warning, "data-store-days", at: properties.place(of: "expire"), .init(element),
          "entries expire after \(expire) days, less than twice the \(alert) days after which they are overdue"))
    }
    if hasKeystore == false, properties.flag("encrypt") ?? true {
      result.append(EncryptionFinding.make(element, commands, at: properties.place(of: "encrypt")))
    }
    return result
  }
}
