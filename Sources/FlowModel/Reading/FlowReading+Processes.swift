import TenantBase
import XMLTree

extension FlowReading {
  func process(_ element: XMLElement, elementsWithReceiver callers: Set<String>) -> FlowProcess {
    let id = element.attribute("id") ?? ""
    let name = element.attribute("name") ?? ""
    let properties = self.properties(of: element, owner: .init(.process, name: name, id: id))
    return FlowProcess(
      id: id, name: name, isLocal: properties["processType"] == "directCall", properties: properties,
      scope: scope(element, callers), place: place(element))
  }

  private func scope(_ element: XMLElement, _ callers: Set<String>) -> FlowScope {
    var elements: [FlowElement] = []
    var flows: [SequenceFlow] = []
    for child in element.children {
      switch child.localName {
      case "extensionElements", "laneSet", "documentation", "incoming", "outgoing": break
      case "sequenceFlow": flows.append(sequenceFlow(child))
      default:
        // Whatever has an id and stands among the nodes is one, even when nobody knows it.
        if let id = child.attribute("id") { elements.append(flowElement(child, id: id, callers)) }
      }
    }
    return FlowScope(elements: elements, sequenceFlows: flows)
  }

  private func sequenceFlow(_ element: XMLElement) -> SequenceFlow {
    let id = element.attribute("id") ?? ""
    let name = element.attribute("name") ?? ""
    let owner = Finding.Subject(.route, name: name, id: id)
    let properties = self.properties(of: element, owner: owner)
    var condition: RouteCondition?
    if let child = element.firstChild(named: "conditionExpression"), let text = child.allText.trimmed.nonEmpty {
      let filled = fill(text, key: "", place: place(child), owner: owner)
      condition = RouteCondition(
        language: Self.language(properties["expressionType"]), text: filled, place: place(child))
    }
    return SequenceFlow(
      id: id, name: name, sourceID: element.attribute("sourceRef") ?? "",
      targetID: element.attribute("targetRef") ?? "",
      condition: condition, place: place(element))
  }

  /// `XML` is XPath; `NonXML`, in loops `Non XML`, and the absent value are Simple.
  private static func language(_ text: String?) -> RouteCondition.Language {
    text?.trimmed.uppercased() == "XML" ? .xpath : .simple
  }

  private func flowElement(_ element: XMLElement, id: String, _ callers: Set<String>) -> FlowElement {
    let name = element.attribute("name") ?? ""
    let definition = element.children.first { $0.localName.hasSuffix("EventDefinition") }
    // Events carry their properties in their definition, some in both places.
    let owner = Finding.Subject(.step, name: name, id: id, type: element.localName)
    var properties = self.properties(of: element, owner: owner)
    if let definition { properties = properties.overlaid(with: self.properties(of: definition, owner: owner).all) }
    let outgoing = element.children(named: "outgoing").map { $0.text.trimmed }
    let (kind, type) = classify(element, definition: definition?.localName, properties, callers, owner)
    return FlowElement(
      id: id, name: name, kind: kind, type: type, properties: properties, place: place(element), outgoingIDs: outgoing)
  }

  private func classify(
    _ element: XMLElement, definition: String?, _ properties: FlowProperties, _ callers: Set<String>,
    _ owner: Finding.Subject
  ) -> (ElementKind, StepType) {
    let activity = properties.text("activityType").trimmed
    switch element.localName {
    case "startEvent": return start(definition, properties)
    case "endEvent": return end(definition, properties)
    case "subProcess":
      let type = activity.isEmpty ? StepType.exceptionSubprocess : StepType(activity, nil)
      guard type == .exceptionSubprocess else { return (.step, type) }
      return (.exceptionSubprocess(scope(element, callers)), type)
    case "exclusiveGateway":
      let router = Router(
        defaultRouteID: element.attribute("default"), throwsException: properties.flag("throwException") ?? false)
      return (.router(router), .router)
    case "parallelGateway": return parallelGateway(element, activity, properties)
    case "callActivity", "serviceTask", "task": return step(element, activity, properties, callers, owner)
    default: return (.step, StepType(activity.nonEmpty ?? element.localName, nil))
    }
  }

  private func start(_ definition: String?, _ properties: FlowProperties) -> (ElementKind, StepType) {
    switch definition {
    case "messageEventDefinition": return (.start(.message), .messageStart)
    case "timerEventDefinition":
      let schedule: Result<Schedule, FlowModelError>
      do throws(FlowModelError) {
        schedule = .success(
          try Schedule(table: properties.text("scheduleKey"), place: properties.place(of: "scheduleKey")))
      } catch { schedule = .failure(error) }
      return (.start(.timer(schedule)), .timerStart)
    case "errorEventDefinition": return (.start(.error), .errorStart)
    default: return (.start(.plain), .plainStart)
    }
  }

  private func end(_ definition: String?, _ properties: FlowProperties) -> (ElementKind, StepType) {
    switch definition {
    case "messageEventDefinition": (.end(.message), .messageEnd)
    case "errorEventDefinition": (.end(.error), .errorEnd)
    case "escalationEventDefinition":
      (
        .end(.escalation(code: properties.text("ErrorCode", default: properties.text("escalationCode")))),
        .escalationEnd
      )
    case "terminateEventDefinition": (.end(.terminate), .terminateEnd)
    default: (.end(.plain), .plainEnd)
    }
  }

  private func parallelGateway(
    _ element: XMLElement, _ activity: String, _ properties: FlowProperties
  ) -> (ElementKind, StepType) {
    switch activity {
    case "Join": return (.join, .join)
    case "SequentialMulticast":
      let table = try? properties.table("routingSequenceTable")
      let rows = (table?.rows ?? []).sorted { Int($0[0] ?? "") ?? .max < Int($1[0] ?? "") ?? .max }
      return (.multicast(Multicast(isSequential: true, order: rows.compactMap { $0[1] })), .sequentialMulticast)
    case "Multicast": return (.multicast(Multicast(isSequential: false, order: [])), .multicast)
    case "":
      let isJoin = element.children(named: "outgoing").count <= 1 && element.children(named: "incoming").count > 1
      return isJoin ? (.join, .join) : (.multicast(Multicast(isSequential: false, order: [])), .multicast)
    default: return (.step, StepType(activity, nil))
    }
  }

  private func step(
    _ element: XMLElement, _ activity: String, _ properties: FlowProperties, _ callers: Set<String>,
    _ owner: Finding.Subject
  ) -> (ElementKind, StepType) {
    switch activity {
    case "ProcessCallElement": return processCall(element, properties, owner)
    case "", "RequestReply":
      // Old or hand-made: what has a receiver channel calls it and takes its answer.
      let isCaller = callers.contains(element.attribute("id") ?? "")
      return (.step, isCaller ? .requestReply : StepType(activity.nonEmpty ?? element.localName, nil))
    case "Script": return (.step, StepType(activity, Self.scriptLanguage(properties)))
    case "Mapping": return (.step, StepType(activity, properties.text("subActivityType", default: "MessageMapping")))
    case "Splitter": return (.step, StepType(activity, properties["splitType"]))
    case "DBstorage": return (.step, StepType(activity, properties["operation"]))
    default: return (.step, StepType(activity, nil))
    }
  }

  private static func scriptLanguage(_ properties: FlowProperties) -> String {
    if let written = properties["subActivityType"]?.nonEmpty { return written }
    return properties.text("script").lowercased().hasSuffix(".js") ? "JavaScript" : "GroovyScript"
  }

  private func processCall(
    _ element: XMLElement, _ properties: FlowProperties, _ owner: Finding.Subject
  ) -> (ElementKind, StepType) {
    var loop: ProcessCall.Loop?
    if let child = element.firstChild(named: "standardLoopCharacteristics") {
      let place = place(child)
      let maximum = fill(child.attribute("loopMaximum") ?? "", key: "loopMaximum", place: place, owner: owner)
      let text = child.firstChild(named: "loopCondition")?.allText.trimmed ?? ""
      let condition = RouteCondition(
        language: Self.language(properties["expressionType"]),
        text: fill(text, key: "loopCondition", place: place, owner: owner), place: place)
      loop = ProcessCall.Loop(
        maximum: Int(maximum.trimmed).flatMap { $0 > 0 ? $0 : nil }, condition: condition,
        failsAtMaximum: properties["postProcessing"] == "throwException")
    }
    return (
      .processCall(ProcessCall(processID: properties.text("processId").trimmed, loop: loop)),
      loop == nil ? .processCall : .loopingProcessCall
    )
  }
}
