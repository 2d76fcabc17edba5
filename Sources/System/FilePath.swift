/// Paths as text: joined and taken apart, without a look at the disk.
package enum FilePath {
  /// The folder and the last component: `a/b` gives `a` and `b`, `b` gives `.` and `b`.
  package static func split(_ path: String) -> (parent: String, name: String) {
    var trimmed = Substring(path)
    while trimmed.count > 1, trimmed.hasSuffix("/") { trimmed.removeLast() }
    guard let slash = trimmed.lastIndex(of: "/") else { return (".", String(trimmed)) }
    let parent = trimmed[..<slash]
    return (parent.isEmpty ? "/" : String(parent), String(trimmed[trimmed.index(after: slash)...]))
  }

  /// `child` below `parent`; an absolute child stands alone.
  package static func join(_ parent: String, _ child: String) -> String {
    if child.hasPrefix("/") || parent.isEmpty { return child }
    return parent.hasSuffix("/") ? parent + child : parent + "/" + child
  }
}
