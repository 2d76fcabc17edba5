/// A place in a file that a person can open.
package struct SourcePlace: Sendable, Equatable, CustomStringConvertible {
  /// As the person gave it: relative paths stay relative.
  package var file: String
  /// From 1; nil for the file as a whole.
  package var line: Int?

  package init(file: String, line: Int? = nil) {
    self.file = file
    self.line = line
  }

  /// `iflows/hello.iflw:143`, or the file alone.
  package var description: String {
    let name = PrintableText.escaping(file)
    return line.map { "\(name):\($0)" } ?? name
  }
}
