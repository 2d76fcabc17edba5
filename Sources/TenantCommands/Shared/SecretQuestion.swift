import ArgumentParsing
import Crypto
import System
import TenantBase
import TenantRuntime

/// Where a command takes a secret from: a file, standard input, or the person at the terminal. Never from an argument.
enum SecretOrigin: Sendable, Equatable {
  case terminal
  case standardInput
  case file(String)

  /// The two options, `--password-stdin` and `--password-file FILE`, for a secret of this name.
  static func options(_ name: String, help: String) -> [OptionSyntax] {
    [
      OptionSyntax("--\(name)-file", .value("FILE"), help: "reads \(help) from this file, without its line end"),
      OptionSyntax("--\(name)-stdin", help: "reads \(help) from standard input"),
    ]
  }

  /// - Throws: when both options are given.
  static func read(_ arguments: ParsedArguments, _ name: String, of command: any Command.Type) throws(UsageError)
    -> SecretOrigin
  {
    let file = arguments.value(of: "--\(name)-file")
    let fromInput = arguments.has("--\(name)-stdin")
    if file != nil, fromInput {
      throw command.usageError("options '--\(name)-file' and '--\(name)-stdin' exclude each other")
    }
    if let file { return .file(file) }
    return fromInput ? .standardInput : .terminal
  }
}

/// Asks for secrets, and says which option answers where nobody can be asked.
struct SecretQuestion: Sendable {
  let origin: SecretOrigin
  /// `password` or `passphrase`, as in the options' names.
  let name: String

  /// The secret, asked for once.
  func answer(_ prompt: String) throws -> SecretBox {
    switch origin {
    case .file(let path): return SecretBox(try SecretAnswer.readFile(path))
    case .standardInput:
      guard !StandardStream.input.isTerminal else {
        throw CommandError(
          .usage,
          Explanation(
            "standard input is a terminal, which would show the \(name)",
            hints: ["leave --\(name)-stdin out: then it is asked for and not shown"]))
      }
      return SecretBox(try SecretAnswer.readStandardInput())
    case .terminal: return try ask(prompt)
    }
  }

  /// A secret that is new: typed twice on a terminal, not empty.
  func newAnswer(_ prompt: String, again: String) throws -> SecretBox {
    let answer = try answer(prompt)
    guard !answer.bytes.isEmpty else {
      throw CommandError(.badInput, Explanation("the \(name) is empty; nothing was changed"))
    }
    guard origin == .terminal else { return answer }
    guard try ask(again).bytes.isEqual(to: answer.bytes) else {
      throw CommandError(.badInput, Explanation("the two answers differ; nothing was changed"))
    }
    return answer
  }

  private func ask(_ prompt: String) throws -> SecretBox {
    guard Terminal.isAvailable else {
      throw CommandError(
        .usage,
        Explanation(
          "cannot ask for the \(name): there is no terminal",
          hints: ["give it with --\(name)-file FILE or --\(name)-stdin"]))
    }
    do throws(SystemError) {
      return SecretBox(try SecretAnswer.ask(prompt))
    } catch {
      throw Interruption.telling(error)
    }
  }
}

/// A question that was answered with Ctrl-C.
enum Interruption {
  static func telling(_ error: SystemError) -> any Error {
    error.kind.isInterruption ? CommandError(.permanent, Explanation("interrupted; nothing was changed")) : error
  }
}

/// A question that wants a yes before something is done.
enum Confirmation {
  /// - Parameter flag: the option that answers it where nobody can be asked.
  static func obtain(_ question: String, flag: String) throws -> Bool {
    guard Terminal.isAvailable else {
      throw CommandError(
        .usage,
        Explanation(
          "nobody can be asked: there is no terminal", cause: "the question is: \(question)",
          hints: ["repeat the command with \(flag) to say yes"]))
    }
    do throws(SystemError) {
      let answer = try Terminal.ask("\(question) [yes/no] ").lowercased()
      return answer == "yes" || answer == "y"
    } catch {
      throw Interruption.telling(error)
    }
  }
}
