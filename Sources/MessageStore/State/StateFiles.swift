import FlowEngine
import System

/// The folder with the bodies that are too large for the database.
///
/// A file is either the body itself, or, encrypted, pieces of ``pieceLength`` bytes, each sealed by itself together with
/// its number and whether it is the last one.
struct StateFiles: Sendable {
  static let pieceLength = 256 * 1024

  let folder: String

  /// Writes a body; it is on disk when this returns.
  func write(_ body: MessageBody, name: String, cipher: StateCipher?, place: [String]) throws(SystemError) {
    try Folder.create(folder, mode: 0o700)
    let file = try FreshFile(name, in: folder)
    var reader = body.makeReader()
    guard let cipher else {
      while let chunk = try reader.nextChunk(atMost: Self.pieceLength) { try file.append(chunk) }
      return try file.finish()
    }
    var pieces = PieceBuffer()
    var number = 0
    while let chunk = try reader.nextChunk(atMost: Self.pieceLength) {
      for piece in pieces.add(chunk) {
        try file.append(cipher.seal(piece, for: place + [String(number), "more"]))
        number += 1
      }
    }
    try file.append(cipher.seal(pieces.rest, for: place + [String(number), "last"]))
    try file.finish()
  }

  func open(_ name: String) throws(SystemError) -> OpenFile {
    try OpenFile(FilePath.join(folder, name), access: .ownerOnly)
  }

  /// A file that is gone already is no error.
  func remove(_ names: [String]) throws(SystemError) {
    guard !names.isEmpty, FileStatus.isFolder(folder) else { return }
    let opened = try Folder(opening: folder)
    for name in names {
      try opened.remove(name)
      try opened.remove(name + ".tmp")
    }
  }

  /// Pieces of equal length; what is left at the end is the last one.
  private struct PieceBuffer {
    private(set) var rest: [UInt8] = []

    /// Holds back at least one byte, so that the last piece is known as such.
    mutating func add(_ chunk: [UInt8]) -> [[UInt8]] {
      rest += chunk
      var pieces: [[UInt8]] = []
      while rest.count > StateFiles.pieceLength {
        pieces.append(Array(rest[..<StateFiles.pieceLength]))
        rest = Array(rest[StateFiles.pieceLength...])
      }
      return pieces
    }
  }
}

/// Reads an encrypted file piece by piece.
struct SealedFileReader {
  private let file: OpenFile
  private let cipher: StateCipher
  private let place: [String]
  private var position = 0
  private var number = 0
  /// A piece did not open.
  private(set) var isDamaged = false

  init(_ file: OpenFile, cipher: StateCipher, place: [String]) {
    self.file = file
    self.cipher = cipher
    self.place = place
  }

  /// The next piece; nil at the end, and after a piece that does not open.
  mutating func next() throws(SystemError) -> [UInt8]? {
    guard !isDamaged, position < file.byteCount else { return nil }
    let sealed = try file.read(at: position, atMost: StateFiles.pieceLength + StateCipher.overhead)
    position += sealed.count
    let isLast = position == file.byteCount
    guard !sealed.isEmpty, let piece = cipher.open(sealed, for: place + [String(number), isLast ? "last" : "more"])
    else {
      isDamaged = true
      return nil
    }
    number += 1
    return piece
  }
}
