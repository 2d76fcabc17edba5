import CLibXML2
import Synchronization
import TenantBase

/// libxml2's compiled form of one expression.
///
/// libxml2 notes in it which functions it found, so that two threads must not evaluate the same one at a time: each takes
/// one of its own, and a further one is compiled when all are in use.
final class CompiledXPathPool: Sendable {
  /// Only its holder touches it.
  struct Compiled: @unchecked Sendable { let pointer: xmlXPathCompExprPtr }

  private let text: String
  private let limits: XPathLimits
  private let idle: Mutex<[Compiled]>

  init(_ text: String, limits: XPathLimits) throws(XPathError) {
    self.text = text
    self.limits = limits
    idle = Mutex([try Self.compile(text, limits)])
  }

  deinit { for compiled in idle.withLock({ $0 }) { xmlXPathFreeCompExpr(compiled.pointer) } }

  func take() throws(XPathError) -> Compiled {
    if let compiled = idle.withLock({ $0.popLast() }) { return compiled }
    return try Self.compile(text, limits)
  }

  func giveBack(_ compiled: Compiled) { idle.withLock { $0.append(compiled) } }

  private static func compile(_ text: String, _ limits: XPathLimits) throws(XPathError) -> Compiled {
    XMLParserSession.isReady
    guard let context = xmlXPathNewContext(nil) else { throw XPathError(.limitExceeded, detail: "out of memory") }
    defer { xmlXPathFreeContext(context) }
    context.pointee.opLimit = UInt(limits.operations)
    // Without it libxml2 would print.
    context.pointee.error = { _, _ in }
    guard let pointer = xmlXPathCtxtCompile(context, text) else { throw XPathEvaluation.error(of: context) }
    return Compiled(pointer: pointer)
  }
}
