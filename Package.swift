// swift-tools-version: 6.2
// The target graph is the architecture: docs/architecture.md names the layers. A target imports only
// targets of a lower layer; `scripts/check` fails on any other import.
import PackageDescription

let language: [SwiftSetting] = [
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("ExistentialAny"),
  .unsafeFlags(["-cross-module-optimization"], .when(configuration: .release)),
]

/// A target without raw pointers: strict memory safety is checked.
func safe(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(
    name: name, dependencies: dependencies, swiftSettings: language + [.strictMemorySafety()])
}

/// A target that may hold raw pointers and import C modules. Only the targets made by this function may.
func bridging(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: language)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(
    name: name, dependencies: dependencies + ["TestSupport"], swiftSettings: language)
}

let package = Package(
  name: "tenant",
  products: [.executable(name: "tenant", targets: ["tenant"])],
  targets: [
    // Layer 0: C libraries and what needs nothing.
    .systemLibrary(
      name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(
      name: "CSodium", pkgConfig: "libsodium", providers: [.apt(["libsodium-dev"])]),
    .systemLibrary(
      name: "CLibXML2", pkgConfig: "libxml-2.0", providers: [.apt(["libxml2-dev"])]),
    .systemLibrary(
      name: "CLibIDN", pkgConfig: "libidn", providers: [.apt(["libidn-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
    .systemLibrary(name: "CLinux"),
    safe("TenantBase", []),
    safe("ArgumentParsing", []),
    bridging("System", ["TenantBase", "CLinux"]),

    // Layer 1: formats and primitives.
    bridging("Crypto", ["TenantBase", "CSodium", "COpenSSL", "CLibIDN"]),
    safe("MIME", ["TenantBase", "System"]),
    bridging("Archives", ["TenantBase", "CZlib"]),
    bridging("XMLTree", ["TenantBase", "CLibXML2"]),
    safe("Expressions", ["TenantBase"]),

    // Layer 2: what the protocols stand on.
    safe("Wire", ["TenantBase", "System", "Crypto"]),
    safe("SASL", ["TenantBase", "Crypto"]),
    bridging("Certificates", ["TenantBase", "System", "COpenSSL"]),
    safe("FlowModel", ["TenantBase", "System", "Archives", "XMLTree", "Expressions"]),
    safe("Artifacts", ["TenantBase", "Crypto", "XMLTree"]),

    // Layer 3: protocols, transport, keystore, engine.
    safe("SMTP", ["TenantBase", "Crypto", "Wire", "SASL", "MIME"]),
    safe("IMAP", ["TenantBase", "System", "Crypto", "Wire", "SASL", "MIME"]),
    bridging(
      "Transport",
      ["TenantBase", "System", "Crypto", "Wire", "Certificates", "COpenSSL", "CLinux"]),
    safe("Keystore", ["TenantBase", "System", "Crypto", "Certificates", "Artifacts"]),
    safe("FlowEngine", ["TenantBase", "System", "XMLTree", "FlowModel", "Expressions"]),

    // Layer 4: adapters, and what keeps state.
    bridging(
      "MessageStore", ["TenantBase", "System", "Crypto", "Expressions", "FlowModel", "FlowEngine", "CSQLite"]),
    safe(
      "MailAdapters",
      [
        "TenantBase", "System", "Crypto", "Wire", "SASL", "Certificates", "MIME", "FlowModel", "Expressions",
        "SMTP", "IMAP", "Transport", "FlowEngine",
      ]),
    safe(
      "FlowSteps",
      [
        "TenantBase", "System", "Archives", "Crypto", "MIME", "XMLTree", "Expressions", "FlowModel", "FlowEngine",
      ]),

    // Layer 5: the home; the only place where parts are put together.
    safe(
      "TenantRuntime",
      [
        "TenantBase", "System", "Crypto", "Wire", "XMLTree", "Certificates", "Artifacts", "FlowModel", "Expressions",
        "MIME", "Transport", "Keystore", "FlowEngine", "FlowSteps", "MailAdapters", "MessageStore",
      ]),

    // Layer 6 and 7: the commands, and the program.
    safe(
      "TenantCommands",
      [
        "TenantBase", "ArgumentParsing", "System", "Crypto", "XMLTree", "Certificates", "Artifacts", "FlowModel",
        "Expressions", "MIME", "Transport", "Keystore", "FlowEngine", "MailAdapters", "TenantRuntime",
      ]),
    .executableTarget(
      name: "tenant", dependencies: ["TenantCommands"],
      swiftSettings: language + [.strictMemorySafety()]),

    // What scripts/bench measures in one process; no part of the product.
    .executableTarget(
      name: "tenant-bench",
      dependencies: [
        "TenantBase", "System", "Crypto", "Certificates", "MIME", "SASL", "Wire", "SMTP", "IMAP", "Transport",
        "FlowEngine", "FlowSteps", "TenantRuntime",
      ], path: "Tests/Benchmarks", swiftSettings: language + [.strictMemorySafety()]),

    // Tests: one target for each target, and the built binary against real servers.
    .target(
      name: "TestSupport",
      dependencies: ["TenantBase", "System", "Crypto", "Wire", "Archives", "COpenSSL"], path: "Tests/TestSupport",
      swiftSettings: language),
    tests("TenantBaseTests", ["TenantBase"]),
    tests("ArgumentParsingTests", ["ArgumentParsing"]),
    tests("SystemTests", ["System", "TenantBase"]),
    tests("CryptoTests", ["Crypto", "CLibIDN", "TenantBase"]),
    tests("MIMETests", ["MIME", "System", "TenantBase"]),
    tests("ArchivesTests", ["Archives", "TenantBase"]),
    tests("XMLTreeTests", ["XMLTree", "TenantBase"]),
    tests("ExpressionsTests", ["Expressions", "TenantBase"]),
    tests("WireTests", ["Wire", "TenantBase", "Crypto"]),
    tests("SASLTests", ["SASL", "Crypto", "TenantBase"]),
    tests("CertificatesTests", ["Certificates", "TenantBase", "COpenSSL"]),
    tests("FlowModelTests", ["FlowModel", "Archives", "XMLTree", "Expressions", "TenantBase"]),
    tests("SMTPTests", ["SMTP", "SASL", "MIME", "Wire", "Crypto", "TenantBase"]),
    tests("IMAPTests", ["IMAP", "SASL", "MIME", "Wire", "Crypto", "System", "TenantBase"]),
    tests(
      "TransportTests",
      ["Transport", "Certificates", "Wire", "Crypto", "System", "TenantBase", "COpenSSL", "CLinux"]),
    tests("ArtifactsTests", ["Artifacts", "XMLTree", "Crypto", "TenantBase"]),
    tests("KeystoreTests", ["Keystore", "Artifacts", "Crypto", "Certificates", "System", "TenantBase"]),
    tests(
      "FlowEngineTests", ["FlowEngine", "FlowSteps", "FlowModel", "XMLTree", "Expressions", "System", "TenantBase"]),
    tests(
      "FlowStepsTests",
      [
        "FlowSteps", "MessageStore", "FlowEngine", "FlowModel", "XMLTree", "Archives", "MIME", "Crypto", "Expressions",
        "System", "TenantBase",
      ]),
    tests(
      "MailAdaptersTests",
      [
        "MailAdapters", "MessageStore", "FlowEngine", "FlowModel", "Expressions", "SMTP", "IMAP", "MIME", "SASL",
        "Wire",
        "Transport", "Certificates", "System", "Crypto", "TenantBase", "COpenSSL",
      ]),
    tests(
      "TenantRuntimeTests",
      [
        "TenantRuntime", "Keystore", "Artifacts", "Certificates", "MailAdapters", "MessageStore", "FlowEngine",
        "FlowSteps", "FlowModel", "Wire", "Crypto", "System", "TenantBase",
      ]),
    tests(
      "MessageStoreTests",
      ["MessageStore", "FlowEngine", "FlowModel", "Expressions", "Crypto", "System", "TenantBase", "CSQLite"]),
    tests(
      "TenantCommandsTests",
      ["TenantCommands", "TenantRuntime", "FlowEngine", "FlowModel", "XMLTree", "System", "TenantBase"]),
    tests("IntegrationTests", ["MessageStore", "FlowEngine", "System", "TenantBase"]),
  ],
  swiftLanguageModes: [.v6]
)
