/// The kind of a step, event or gateway: what the engine's steps register for.
///
/// Written as SAP's `activityType`, with the variant after a slash where the type alone does not say what is to be done.
package struct StepType: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
  package let rawValue: String

  package init(rawValue: String) { self.rawValue = rawValue }

  init(_ activity: String, _ variant: String?) {
    rawValue = variant.map { $0.isEmpty ? activity : "\(activity)/\($0)" } ?? activity
  }

  package static let contentModifier = StepType(rawValue: "Enricher")
  package static let requestReply = StepType(rawValue: "ExternalCall")
  package static let send = StepType(rawValue: "Send")
  package static let groovyScript = StepType(rawValue: "Script/GroovyScript")
  package static let javaScript = StepType(rawValue: "Script/JavaScript")
  package static let processCall = StepType(rawValue: "ProcessCallElement/NonLoopingProcess")
  package static let loopingProcessCall = StepType(rawValue: "ProcessCallElement/LoopingProcess")
  package static let router = StepType(rawValue: "ExclusiveGateway")
  package static let exceptionSubprocess = StepType(rawValue: "ErrorEventSubProcessTemplate")
  package static let multicast = StepType(rawValue: "Multicast")
  package static let sequentialMulticast = StepType(rawValue: "SequentialMulticast")
  package static let join = StepType(rawValue: "Join")
  package static let gather = StepType(rawValue: "Gather")
  package static let generalSplitter = StepType(rawValue: "Splitter/GeneralSplitter")
  package static let iteratingSplitter = StepType(rawValue: "Splitter/IteratingSplitter")
  package static let filter = StepType(rawValue: "Filter")
  package static let writeVariables = StepType(rawValue: "Variables")
  package static let messageStart = StepType(rawValue: "StartMessageEvent")
  package static let timerStart = StepType(rawValue: "StartTimerEvent")
  package static let errorStart = StepType(rawValue: "StartErrorEvent")
  package static let plainStart = StepType(rawValue: "StartEvent")
  package static let messageEnd = StepType(rawValue: "EndMessageEvent")
  package static let plainEnd = StepType(rawValue: "EndEvent")
  package static let errorEnd = StepType(rawValue: "EndErrorEvent")
  package static let escalationEnd = StepType(rawValue: "EscalationEndEvent")
  package static let terminateEnd = StepType(rawValue: "TerminateEvent")

  /// The name that SAP's editor shows, or the type as written when it is not known.
  package var title: String {
    if let title = Self.titles[rawValue] { return title }
    let activity = rawValue.prefix { $0 != "/" }
    return Self.titles[String(activity)].map { "\($0) (\(rawValue.dropFirst(activity.count + 1)))" } ?? rawValue
  }

  /// Whether SAP's editor has such a step. A hand-made file may name any.
  package var isKnown: Bool {
    Self.titles[String(rawValue.prefix { $0 != "/" })] != nil || Self.titles[rawValue] != nil
  }

  package var description: String { title }

  private static let titles: [String: String] = [
    "Enricher": "Content Modifier", "ExternalCall": "Request Reply", "Send": "Send", "Script": "Script",
    "Script/GroovyScript": "Script, Groovy", "Script/JavaScript": "Script, JavaScript",
    "ProcessCallElement": "Process Call", "ProcessCallElement/NonLoopingProcess": "Process Call",
    "ProcessCallElement/LoopingProcess": "Looping Process Call", "IdempotentProcessCall": "Idempotent Process Call",
    "ExclusiveGateway": "Router", "ErrorEventSubProcessTemplate": "Exception Subprocess", "Multicast": "Multicast",
    "SequentialMulticast": "Sequential Multicast", "Join": "Join", "Gather": "Gather", "Splitter": "Splitter",
    "Splitter/GeneralSplitter": "General Splitter", "Splitter/IteratingSplitter": "Iterating Splitter",
    "Splitter/Camel": "Iterating Splitter, Token", "ZipSplitter": "Zip Splitter", "TarSplitter": "Tar Splitter",
    "EDISplitter": "EDI Splitter", "Filter": "Filter", "Mapping": "Message Mapping",
    "Mapping/MessageMapping": "Message Mapping", "Mapping/XSLTMapping": "XSLT Mapping",
    "Mapping/OperationMapping": "Operation Mapping", "JsonToXmlConverter": "JSON to XML Converter",
    "XmlToJsonConverter": "XML to JSON Converter", "XmlToCsvConverter": "XML to CSV Converter",
    "CsvToXmlConverter": "CSV to XML Converter", "XMLtoEDIConverter": "XML to EDI Converter",
    "EDItoXMLConverter": "EDI to XML Converter", "EDIExtractor": "EDI Extractor", "DBstorage": "Data Store Operations",
    "DBstorage/put": "Data Store, Write", "DBstorage/get": "Data Store, Get", "DBstorage/select": "Data Store, Select",
    "DBstorage/delete": "Data Store, Delete", "Variables": "Write Variables", "Encoder": "Encoder",
    "Decoder": "Decoder",
    "PgpEncrypt": "PGP Encryptor", "PgpDecrypt": "PGP Decryptor", "XmlModifier": "XML Modifier",
    "XmlValidator": "XML Validator", "contentEnricherWithLookup": "Content Enricher", "PollEnrich": "Poll Enrich",
    "Aggregator": "Aggregator", "Persist": "Persist", "XMLDigitalSignMessage": "XML Digital Signer",
    "SignMessage": "PKCS#7 Signer", "SimpleSignMessage": "Simple Signer", "MessageDigest": "Message Digest",
    "StartMessageEvent": "Start Message", "StartTimerEvent": "Start Timer", "StartErrorEvent": "Error Start",
    "StartEvent": "Start", "EndMessageEvent": "End Message", "EndEvent": "End", "EndErrorEvent": "Error End",
    "EscalationEndEvent": "Escalation End", "TerminateEvent": "Terminate Message",
  ]
}
