/// An attachment of an exchange; scripts and mail channels reach it, expressions do not.
package struct ExchangeAttachment: Sendable, Equatable {
  /// Unique within the exchange; a base name, never a path.
  package var name: String
  /// A media type such as `application/pdf`, lower case.
  package var mediaType: String
  package var content: MessageBody

  package init(name: String, mediaType: String, content: MessageBody) {
    self.name = name
    self.mediaType = mediaType
    self.content = content
  }
}
