// swift-tools-version: 6.2
// Fuzz targets, outside the project's package: they need libFuzzer, which is no part of an ordinary build.
// The sources are the project's own, by links. Run by scripts/full/fuzz-mime.
import PackageDescription

let settings: [SwiftSetting] = [
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .enableUpcomingFeature("ExistentialAny"),
]

let package = Package(
  name: "fuzz",
  targets: [
    .systemLibrary(name: "CLinux"),
    .target(name: "TenantBase", swiftSettings: settings),
    .target(name: "System", dependencies: ["TenantBase", "CLinux"], swiftSettings: settings),
    .target(name: "MIME", dependencies: ["TenantBase", "System"], swiftSettings: settings),
    .executableTarget(
      name: "FuzzMIME", dependencies: ["MIME", "TenantBase"],
      swiftSettings: settings + [.unsafeFlags(["-parse-as-library"])]),
  ],
  swiftLanguageModes: [.v6]
)
