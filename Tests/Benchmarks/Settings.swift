import System
import TenantBase

/// What a benchmark was asked to do, given as `key=value`.
struct Settings {
  private var values: [String: String] = [:]

  init(_ words: some Sequence<String>) {
    for word in words {
      let halves = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      values[String(halves[0])] = halves.count == 2 ? String(halves[1]) : ""
    }
  }

  /// Nil when it is missing or empty.
  func optional(_ name: String) -> String? { values[name].flatMap { $0.isEmpty ? nil : $0 } }

  func text(_ name: String) throws -> String {
    guard let value = optional(name) else { throw BenchError("\(name)= is missing") }
    return value
  }

  func port(_ name: String) throws -> UInt16 {
    guard let port = UInt16(try text(name)) else { throw BenchError("\(name)= is no port") }
    return port
  }

  /// The bytes of a password file.
  static func secret(_ path: String) throws -> [UInt8] { try FileContents.read(path, limit: 4096) }
}

struct BenchError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

/// One order: `CONNECTIONS COUNT SIZE`.
struct Order {
  let connections: Int
  let count: Int
  /// Bytes of the body, more or less.
  let size: Int

  init(_ line: String) throws {
    let numbers = line.split(separator: " ").compactMap { Int($0) }
    guard numbers.count == 3, numbers.allSatisfy({ $0 > 0 }) else { throw BenchError("no order: \(line)") }
    (connections, count, size) = (numbers[0], numbers[1], numbers[2])
  }

  /// How many of the mails each connection carries; together exactly `count`.
  var shares: [Int] {
    (0..<connections).map { count / connections + ($0 < count % connections ? 1 : 0) }
  }

  /// Lines of 63 characters and CRLF, the same as those of the other contenders.
  var body: [UInt8] {
    let line = Array("The quick brown fox jumps over the lazy dog, again and again.  \r\n".utf8)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(size + line.count)
    while bytes.count < size { bytes += line }
    return bytes
  }
}

/// Prints an answer at once, although standard output is a pipe.
func answer(seconds duration: Duration) throws {
  let (seconds, attoseconds) = duration.components
  let line = "\(Double(seconds) + Double(attoseconds) / 1e18)\n"
  try StandardStream.output.write(Array(line.utf8))
}
