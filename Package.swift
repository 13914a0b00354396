// swift-tools-version: 6.2
import PackageDescription

/// What every target of ours is compiled with: the compiler guards the walls between the layers.
let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("ExistentialAny"),
]

let package = Package(
  name: "GradientProbe",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "Regret", targets: ["Regret", "Checkpoint"])
  ],
  targets: [
    // System libraries: a module map and a shim of what Swift cannot import.
    .systemLibrary(
      name: "CHDF5", pkgConfig: "hdf5",
      providers: [.apt(["libhdf5-dev"]), .brew(["hdf5"])]),
    .systemLibrary(
      name: "CLAPACK", pkgConfig: "openblas",
      providers: [.apt(["libopenblas-dev"])]),

    // Layers, bottom-up: imports point down only.
    .target(name: "Checkpoint", swiftSettings: settings),
    .target(name: "Regret", dependencies: ["Checkpoint", "CLAPACK"], swiftSettings: settings),

    .testTarget(name: "CheckpointTests", dependencies: ["Checkpoint"], swiftSettings: settings),
  ]
)
