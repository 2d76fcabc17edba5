/// How large a flow and its files may be. All are far beyond anything published.
package enum FlowLimits {
  /// Bytes of an `.iflw`; XML's own limits come on top.
  package static let flowLength = 32 * 1024 * 1024
  /// Bytes of a properties or parameter definition file.
  package static let parameterFileLength = 8 * 1024 * 1024
  /// UTF-8 bytes of one property after its parameters are filled in.
  package static let valueLength = 16 * 1024 * 1024
  /// UTF-8 bytes that parameters add to all properties of a flow together.
  package static let filledLength = 64 * 1024 * 1024
  /// Channels, participants, nodes and arrows together; the largest published flow has some hundreds.
  package static let parts = 20_000
  /// Rows of one table.
  package static let tableRows = 20_000
  /// Bytes of a zip.
  package static let archiveLength = 256 * 1024 * 1024
  /// Files of a bundle.
  package static let bundleFiles = 10_000
  /// Bytes of all files of a bundle.
  package static let bundleLength = 64 * 1024 * 1024
  /// Folders within folders of a bundle.
  package static let bundleDepth = 32
}
