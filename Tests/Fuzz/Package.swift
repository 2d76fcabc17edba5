// swift-tools-version: 6.2
// Fuzz targets, outside the project's package: they need libFuzzer, which is no part of an ordinary build.
// The sources are the project's own, by links. Run by scripts/full/fuzz-mime, fuzz-imap, fuzz-keystore and fuzz-flows.
import PackageDescription

let settings: [SwiftSetting] = [
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .enableUpcomingFeature("ExistentialAny"),
]

/// What is fuzzed from inside, by `@testable import`.
let testable: [SwiftSetting] = settings + [.unsafeFlags(["-enable-testing"])]

func fuzzer(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .executableTarget(
    name: name, dependencies: dependencies, swiftSettings: settings + [.unsafeFlags(["-parse-as-library"])])
}

let package = Package(
  name: "fuzz",
  targets: [
    .systemLibrary(name: "CLinux"),
    .systemLibrary(name: "COpenSSL", pkgConfig: "openssl"),
    .systemLibrary(name: "CSodium", pkgConfig: "libsodium"),
    .systemLibrary(name: "CLibXML2", pkgConfig: "libxml-2.0"),
    .systemLibrary(name: "CLibIDN", pkgConfig: "libidn"),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib"),
    .target(name: "TenantBase", swiftSettings: settings),
    .target(name: "System", dependencies: ["TenantBase", "CLinux"], swiftSettings: settings),
    .target(name: "MIME", dependencies: ["TenantBase", "System"], swiftSettings: settings),
    .target(
      name: "Crypto", dependencies: ["TenantBase", "CSodium", "COpenSSL", "CLibIDN"], swiftSettings: settings),
    .target(name: "XMLTree", dependencies: ["TenantBase", "CLibXML2"], swiftSettings: settings),
    .target(name: "Certificates", dependencies: ["TenantBase", "System", "COpenSSL"], swiftSettings: settings),
    .target(name: "Artifacts", dependencies: ["TenantBase", "Crypto", "XMLTree"], swiftSettings: settings),
    .target(
      name: "Keystore", dependencies: ["TenantBase", "System", "Crypto", "Certificates", "Artifacts"],
      swiftSettings: testable),
    .target(name: "Archives", dependencies: ["TenantBase", "CZlib"], swiftSettings: settings),
    .target(name: "Expressions", dependencies: ["TenantBase"], swiftSettings: settings),
    .target(
      name: "FlowModel", dependencies: ["TenantBase", "System", "Archives", "XMLTree", "Expressions"],
      swiftSettings: settings),
    .target(name: "Wire", dependencies: ["TenantBase", "System", "Crypto"], swiftSettings: settings),
    .target(name: "SASL", dependencies: ["TenantBase", "Crypto"], swiftSettings: settings),
    .target(
      name: "IMAP", dependencies: ["TenantBase", "System", "Crypto", "Wire", "SASL", "MIME"], swiftSettings: testable),
    fuzzer("FuzzIMAP", ["IMAP", "TenantBase"]),
    fuzzer("FuzzFlows", ["FlowModel", "Expressions", "XMLTree", "TenantBase"]),
    fuzzer("FuzzMIME", ["MIME", "TenantBase"]),
    fuzzer("FuzzKeystore", ["Keystore", "Artifacts", "Crypto", "System", "TenantBase"]),
  ],
  swiftLanguageModes: [.v6]
)
