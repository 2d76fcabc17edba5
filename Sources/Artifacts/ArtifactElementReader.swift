import TenantBase
import XMLTree

/// Reads the root element of an artifact file and checks every rule about it.
struct ArtifactElementReader {
  let file: String

  struct Content {
    var artifact: Artifact
    var sealed: SealedValue?
  }

  func read(_ root: XMLElement) throws(ArtifactError) -> Content {
    let names = ArtifactType.allCases.map(\.rawValue)
    guard let type = ArtifactType(rawValue: root.localName) else {
      throw unknown(root, allowed: names)
    }
    guard root.namespaceURI == ArtifactFile.namespace else {
      throw ArtifactError(
        .unknownElement(root.localName), "the element '\(root.localName)' is not in the namespace of artifacts",
        at: place(root), hints: ["write: <\(root.localName) xmlns=\"\(ArtifactFile.namespace)\" ...>"])
    }
    let children = try children(of: root, type: type)
    let sealed = try sealedValue(in: children, type: type)
    switch type {
    case .userCredentials:
      return Content(artifact: .userCredentials(try credentials(root, children)), sealed: sealed)
    case .secureParameter:
      try checkAttributes(root, allowed: ["Name"])
      let parameter = SecureParameter(name: try name(root), description: try description(children))
      return Content(artifact: .secureParameter(parameter), sealed: sealed)
    }
  }

  private func credentials(_ root: XMLElement, _ children: Children) throws(ArtifactError) -> UserCredentials {
    try checkAttributes(root, allowed: ["Name", "Kind"])
    let kind = try kind(root, children)
    guard let element = children.first("User") else {
      throw ArtifactError(.missing("User"), "the element 'User' is missing", at: place(root))
    }
    let user = try text(element, limit: ArtifactLimits.userCharacters)
    guard !user.isEmpty else {
      throw ArtifactError(.missing("User"), "the element 'User' is empty", at: place(element))
    }
    return UserCredentials(
      name: try name(root), user: user, kind: kind, description: try description(children),
      allowedHosts: try allowedHosts(children))
  }

  // MARK: Elements

  /// The child elements by name.
  struct Children {
    let elements: [XMLElement]

    func first(_ name: String) -> XMLElement? { elements.first { $0.localName == name } }
    func all(_ name: String) -> [XMLElement] { elements.filter { $0.localName == name } }
  }

  private static func allowedElements(_ type: ArtifactType) -> [String] {
    switch type {
    case .userCredentials:
      ["Description", "User", "CompanyId", "Organization", "Element", "AllowedHost", "Password"]
    case .secureParameter: ["Description", "Value"]
    }
  }

  private func children(of root: XMLElement, type: ArtifactType) throws(ArtifactError) -> Children {
    let allowed = Self.allowedElements(type)
    var seen: Set<String> = []
    for child in root.children {
      guard child.namespaceURI == ArtifactFile.namespace, allowed.contains(child.localName) else {
        throw unknown(child, allowed: allowed)
      }
      if child.localName != "AllowedHost", !seen.insert(child.localName).inserted {
        throw ArtifactError(
          .repeated(child.localName), "the element '\(child.localName)' stands there twice", at: place(child))
      }
      if let grandchild = child.children.first {
        throw ArtifactError(
          .unknownElement(grandchild.localName), "the element '\(child.localName)' takes text only",
          at: place(grandchild))
      }
      try checkAttributes(child, allowed: child.localName == type.secretElement ? ["sealed"] : [])
    }
    guard root.text.unicodeScalars.allSatisfy({ $0.properties.isWhitespace }) else {
      throw ArtifactError(
        .badValue(root.localName), "text stands between the elements of '\(root.localName)'", at: place(root))
    }
    return Children(elements: root.children)
  }

  private func unknown(_ element: XMLElement, allowed: [String]) -> ArtifactError {
    ArtifactError(
      .unknownElement(element.localName),
      "the element '\(PrintableText.escaping(element.name.qualified))' is not known here", at: place(element),
      hints: ["allowed are: " + allowed.joined(separator: ", ")])
  }

  private func checkAttributes(_ element: XMLElement, allowed: [String]) throws(ArtifactError) {
    for attribute in element.attributes {
      guard attribute.name.namespaceURI == nil, allowed.contains(attribute.name.localName) else {
        let name = PrintableText.escaping(attribute.name.qualified)
        throw ArtifactError(
          .unknownAttribute(name), "the attribute '\(name)' of '\(element.localName)' is not known", at: place(element),
          hints: [allowed.isEmpty ? "it has no attributes" : "allowed are: " + allowed.joined(separator: ", ")])
      }
    }
  }

  // MARK: Values

  private func name(_ root: XMLElement) throws(ArtifactError) -> ArtifactName {
    guard let text = root.attribute("Name") else {
      throw ArtifactError(.missing("Name"), "the attribute 'Name' is missing", at: place(root))
    }
    do throws(NameFault) { return try ArtifactName(text) } catch {
      throw ArtifactError(.badName(error), "the name '\(PrintableText.escaping(text))' \(error.text)", at: place(root))
    }
  }

  private func kind(_ root: XMLElement, _ children: Children) throws(ArtifactError) -> UserCredentials.Kind {
    let name = root.attribute("Kind") ?? "default"
    let fields: [String: [String]] = [
      "default": [], "successfactors": ["CompanyId"], "openconnectors": ["Organization", "Element"],
    ]
    guard let wanted = fields[name] else {
      throw ArtifactError(
        .badValue("Kind"), "the kind '\(PrintableText.escaping(name))' is not known", at: place(root),
        hints: ["allowed are: " + UserCredentials.Kind.names.joined(separator: ", ")])
    }
    for element in children.elements
    where ["CompanyId", "Organization", "Element"].contains(element.localName) && !wanted.contains(element.localName) {
      throw ArtifactError(
        .unknownElement(element.localName), "the element '\(element.localName)' is not for the kind '\(name)'",
        at: place(element))
    }
    switch name {
    case "successfactors": return .successFactors(companyID: try required("CompanyId", root, children))
    case "openconnectors":
      return .openConnectors(
        organization: try required("Organization", root, children), element: try required("Element", root, children))
    default: return .default
    }
  }

  private func required(_ name: String, _ root: XMLElement, _ children: Children) throws(ArtifactError) -> String {
    guard let element = children.first(name) else {
      throw ArtifactError(.missing(name), "the element '\(name)' is missing", at: place(root))
    }
    let value = try text(element, limit: ArtifactLimits.fieldCharacters)
    guard !value.isEmpty else {
      throw ArtifactError(.missing(name), "the element '\(name)' is empty", at: place(element))
    }
    return value
  }

  private func description(_ children: Children) throws(ArtifactError) -> String {
    guard let element = children.first("Description") else { return "" }
    return try text(element, limit: ArtifactLimits.descriptionCharacters, lineEnds: true)
  }

  private func allowedHosts(_ children: Children) throws(ArtifactError) -> [AllowedHost] {
    var hosts: [AllowedHost] = []
    for element in children.all("AllowedHost") {
      let text = try text(element, limit: ArtifactLimits.hostCharacters + 1)
      guard let host = AllowedHost(text) else {
        throw ArtifactError(
          .badValue("AllowedHost"), "'\(PrintableText.escaping(text))' is no host name", at: place(element),
          hints: ["write a name without scheme and port, such as smtp.example.com or *.example.com"])
      }
      guard hosts.count < ArtifactLimits.allowedHosts else {
        throw ArtifactError(
          .badValue("AllowedHost"), "there are more than \(ArtifactLimits.allowedHosts) allowed hosts",
          at: place(element))
      }
      if !hosts.contains(host) { hosts.append(host) }
    }
    return hosts
  }

  private func sealedValue(in children: Children, type: ArtifactType) throws(ArtifactError) -> SealedValue? {
    guard let element = children.first(type.secretElement) else { return nil }
    guard element.text.unicodeScalars.allSatisfy({ $0.properties.isWhitespace }) else {
      // The scanner did not see it, the parser did: refused without a look at it.
      throw ArtifactError(
        .plainSecret, "the element '\(type.secretElement)' holds a \(type.secretTitle) that is not sealed",
        at: place(element), hints: ["seal it: tenant seal-artifact \(ShellText.quoted(file))"])
    }
    guard let text = element.attribute("sealed") else { return nil }
    guard let sealed = SealedValue(text: text) else {
      throw ArtifactError(
        .badSealedValue, "the sealed \(type.secretTitle) is damaged", at: place(element),
        cause: "a sealed value begins with tks1: and is base64 without blanks",
        hints: ["seal it again: tenant seal-artifact \(ShellText.quoted(file))"])
    }
    return sealed
  }

  /// The text of an element without the blanks around it.
  private func text(_ element: XMLElement, limit: Int, lineEnds: Bool = false) throws(ArtifactError) -> String {
    let isBlank = { (scalar: Unicode.Scalar) in [0x20, 0x09, 0x0A, 0x0D].contains(scalar.value) }
    let scalars = element.text.unicodeScalars
    let start = scalars.firstIndex { !isBlank($0) } ?? scalars.endIndex
    let end = scalars.lastIndex { !isBlank($0) }.map { scalars.index(after: $0) } ?? start
    let trimmed = scalars[start..<end]
    guard trimmed.count <= limit else {
      throw ArtifactError(
        .badValue(element.localName), "the element '\(element.localName)' is longer than \(limit) characters",
        at: place(element))
    }
    guard trimmed.allSatisfy({ !$0.isControl || lineEnds && ($0.value == 0x0A || $0.value == 0x09) }) else {
      throw ArtifactError(
        .badValue(element.localName), "the element '\(element.localName)' holds a control character or a line end",
        at: place(element))
    }
    return String(String.UnicodeScalarView(trimmed))
  }

  private func place(_ element: XMLElement) -> SourcePlace { SourcePlace(file: file, line: element.line) }
}
