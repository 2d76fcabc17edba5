/// Values that somebody was meant to replace: published flows hold many.
package enum PlaceholderText {
  /// `<<your host>>`, `<Host>`, `username@domain`, `smtp:port`, `your.host`, an unfilled `{{name}}`.
  package static func isPlaceholder(_ value: String) -> Bool {
    let text = value.trimmed.lowercased()
    guard !text.isEmpty else { return false }
    if text.contains("<<") || text.contains(">>") || text.contains("{{") { return true }
    if text.hasPrefix("<"), text.hasSuffix(">"), !text.contains("@") { return true }
    if ["username@domain", "user@domain", "host:port", "smtp:port", "server:port", "hostname"].contains(text) {
      return true
    }
    return text.split { !$0.isLetter && !$0.isNumber }.first.map { ["your", "dummy", "placeholder"].contains($0) }
      ?? false
  }
}
