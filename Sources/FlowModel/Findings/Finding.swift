import TenantBase

/// Something that a check of a flow has found: where, what, why, and what to do.
package struct Finding: Sendable, Equatable {
  package enum Severity: String, Sendable, Comparable {
    /// The flow is not deployed and not run.
    case error
    case warning

    package static func < (left: Severity, right: Severity) -> Bool { left == .error && right == .warning }
  }

  /// What the finding is about.
  package struct Subject: Sendable, Equatable {
    package enum Kind: String, Sendable {
      case flow, process, channel, step, route, parameter, participant, overlay
      /// What a check of the whole tenant looks at besides the flow.
      case keystore, certificate
    }

    package var kind: Kind
    /// As shown in the editor.
    package var name: String
    package var id: String
    /// What kind of channel or step; empty where there is none.
    package var type: String

    package init(_ kind: Kind, name: String, id: String = "", type: String = "") {
      self.kind = kind
      self.name = PrintableText.escaping(name)
      self.id = PrintableText.escaping(id)
      self.type = PrintableText.escaping(type)
    }

    package init(_ channel: Channel) {
      self.init(.channel, name: channel.name, id: channel.id, type: channel.type.description)
    }

    package init(_ element: FlowElement) {
      self.init(.step, name: element.name, id: element.id, type: element.type.title)
    }

    /// `channel 'Mail In'`, `step 'Transform' (Script, Groovy)`.
    package var description: String {
      let shown = name.isEmpty ? id : name
      return "\(kind.rawValue) '\(shown)'" + (kind == .step && !type.isEmpty ? " (\(type))" : "")
    }
  }

  package var severity: Severity
  /// A stable name for machines, such as `step-unsupported`.
  package var code: String
  package var place: SourcePlace
  package var subject: Subject
  /// One sentence without full stop, without the subject.
  package var reason: String
  /// A command or a plain sentence; nil when there is nothing to advise.
  package var remedy: String?

  package init(
    _ severity: Severity, _ code: String, at place: SourcePlace, _ subject: Subject, _ reason: String,
    remedy: String? = nil
  ) {
    self.severity = severity
    self.code = code
    self.place = place
    self.subject = subject
    self.reason = PrintableText.escaping(reason)
    self.remedy = remedy
  }
}
