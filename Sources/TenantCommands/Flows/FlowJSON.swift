import FlowEngine
import FlowModel
import System
import TenantBase

/// A flow for programs; the shape is in docs/formats/command-output.md.
enum FlowJSON {
  static func value(_ shown: ShownFlow) -> JSONValue {
    let loaded = shown.loaded
    return [
      "name": .string(loaded.flow.name), "title": .optional(loaded.manifest?.displayName),
      "file": .string(loaded.files.flow.path), "version": .optional(loaded.manifest?.version),
      "deployed": shown.deployed.map { deployed in
        [
          "version": .string(deployed.version), "status": .string(deployed.status.rawValue),
          "deployedBy": .string(deployed.deployedBy),
          "deployedOn": .string(WallTime(milliseconds: deployed.deployedOn.milliseconds).rfc3339),
        ]
      } ?? .null,
      "allowedHeaders": .strings(loaded.flow.allowedHeaders),
      "parameters": .array(loaded.parameterSummaries.map(parameter)),
      "channels": .array(loaded.flow.channels.map(channel)),
      "processes": .array(loaded.flow.processes.map(process)),
    ]
  }

  private static func parameter(_ parameter: LoadedFlow.ParameterSummary) -> JSONValue {
    [
      "name": .string(parameter.name), "label": .string(parameter.label), "type": .string(parameter.type),
      "isRequired": .bool(parameter.isRequired), "uses": .number(parameter.uses),
      "value": .optional(parameter.value?.value), "origin": .optional(parameter.value?.origin.description),
    ]
  }

  private static func channel(_ channel: Channel) -> JSONValue {
    [
      "id": .string(channel.id), "name": .string(channel.name), "adapter": .string(channel.type.name),
      "direction": .string(channel.type.direction.rawValue.lowercased()),
      "transport": .string(channel.type.transport), "partner": .string(channel.participantName),
      "step": .optional(channel.elementID), "line": .optional(channel.place.line),
    ]
  }

  private static func process(_ process: FlowProcess) -> JSONValue {
    [
      "id": .string(process.id), "name": .string(process.name), "isLocal": .bool(process.isLocal),
      "line": .optional(process.place.line), "steps": .array(steps(process.scope)),
    ]
  }

  private static func steps(_ scope: FlowScope) -> [JSONValue] {
    scope.elements.map { element in
      var members: [JSONValue.Member] = [
        .init("id", .string(element.id)), .init("name", .string(element.name)),
        .init("type", .string(element.type.rawValue)), .init("title", .string(element.type.title)),
        .init("line", .optional(element.place.line)),
        .init("next", .array(scope.outgoing(of: element).map { route($0, of: element) })),
      ]
      if case .exceptionSubprocess(let inner) = element.kind { members.append(.init("steps", .array(steps(inner)))) }
      if case .processCall(let call) = element.kind { members.append(.init("calls", .string(call.processID))) }
      return .object(members)
    }
  }

  private static func route(_ arrow: SequenceFlow, of element: FlowElement) -> JSONValue {
    var isDefault = false
    if case .router(let router) = element.kind { isDefault = router.defaultRouteID == arrow.id }
    return [
      "step": .string(arrow.targetID), "name": .string(arrow.name), "condition": .optional(arrow.condition?.text),
      "isDefault": .bool(isDefault),
    ]
  }
}
