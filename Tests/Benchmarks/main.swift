import TenantBase

// The work of scripts/bench in one process, so that neither start nor login hides it.
//
//   tenant-bench send-client key=value...    mails over SMTPClient and Connector (SendClient.swift)
//   tenant-bench send-flow key=value...      runs of one flow by FlowRuntime (SendFlow.swift)
//   tenant-bench fetch-client key=value...   all mails of a folder by IMAPClient, read in full (FetchClient.swift)
//   tenant-bench parse FOLDER                all mails of a folder, in full (ParseFolder.swift)
//
// Each reads orders from standard input, a line each, and answers a line each with the seconds that the order took.

let words = CommandLine.arguments.dropFirst()
do {
  switch words.first {
  case "send-client": try await SendClient(Settings(words.dropFirst())).serve()
  case "send-flow": try await SendFlow(Settings(words.dropFirst())).serve()
  case "fetch-client": try await FetchClient(Settings(words.dropFirst())).serve()
  case "parse": try ParseFolder(path: words.dropFirst().first ?? ".").serve()
  default: throw BenchError("usage: tenant-bench send-client|send-flow|fetch-client|parse ...")
  }
} catch {
  let text = (error as? any ExplainedError)?.explanation.summary ?? "\(error)"
  print("failed: \(text)")
}
