// swift-tools-version: 6.2
import PackageDescription

/// What every target of ours is compiled with: the compiler guards the walls between the layers.
let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("ExistentialAny"),
]

let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let server = ["FlyingFox", "FlyingSocks"].map { Target.Dependency.product(name: $0, package: "FlyingFox") }
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")

let package = Package(
  name: "GradientProbe",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "GradientProbe", targets: ["GradientProbe", "Checkpoint"]),
    .library(name: "Regret", targets: ["Regret", "Checkpoint"]),
    .executable(name: "inspect", targets: ["inspect"]),
    .plugin(name: "InspectCommand", targets: ["InspectCommand"]),
  ],
  traits: [
    .trait(name: "MPI", description: "inspect shares out its reading among the processes that mpirun starts.")
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
    .package(url: "https://github.com/swhitty/FlyingFox", from: "0.27.1"),
  ],
  targets: [
    // System libraries: a module map and a shim of what Swift cannot import.
    .systemLibrary(
      name: "CHDF5", pkgConfig: "hdf5",
      providers: [.apt(["libhdf5-dev"]), .brew(["hdf5"])]),
    .systemLibrary(name: "CSystem"),
    .systemLibrary(
      name: "CXXHash", pkgConfig: "libxxhash",
      providers: [.apt(["libxxhash-dev"]), .brew(["xxhash"])]),
    // For the trait MPI alone.
    .systemLibrary(name: "CMPI", pkgConfig: "ompi-c", providers: [.apt(["libopenmpi-dev"]), .brew(["open-mpi"])]),
    .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),

    // Opens OpenBLAS when it is first called: which kernels it takes is settled while it is opened.
    .target(
      name: "CLAPACK",
      linkerSettings: [
        .linkedFramework("Accelerate", .when(platforms: [.macOS])),
        .linkedLibrary("dl", .when(platforms: [.linux])), .linkedLibrary("m", .when(platforms: [.linux])),
      ]),

    // Products of bfloat16 numbers on AMX tiles, or on the same tiles in C.
    .target(name: "CTiles"),

    // Layers, bottom-up: imports point down only.
    .target(name: "HDF5", dependencies: ["CHDF5"], swiftSettings: settings),
    .target(name: "Checkpoint", swiftSettings: settings),
    .target(
      name: "Digest",
      dependencies: ["Checkpoint", .target(name: "CCrypto", condition: .when(platforms: [.linux]))],
      swiftSettings: settings),
    .target(name: "Checksum", dependencies: ["Checkpoint", "CXXHash"], swiftSettings: settings),
    .target(
      name: "CheckpointHDF5", dependencies: ["Checkpoint", "Checksum", "HDF5", "CSystem", "Landscape"],
      swiftSettings: settings),
    .target(
      name: "GradientProbe", dependencies: ["Checkpoint", "CheckpointHDF5", "Checksum", "Landscape", logging],
      swiftSettings: settings),
    .target(
      name: "Regret", dependencies: ["Checkpoint", "Checksum", "CLAPACK", "CSystem", "CTiles"], swiftSettings: settings),
    .target(name: "Landscape", dependencies: ["Checkpoint"], swiftSettings: settings),
    .target(name: "Comparison", dependencies: ["Checkpoint", "Regret"], swiftSettings: settings),
    .target(
      name: "Report", dependencies: ["Checkpoint", "Regret", "Comparison", "Landscape"], swiftSettings: settings),
    .executableTarget(
      name: "inspect",
      dependencies: [
        "Checkpoint", "CheckpointHDF5", "Checksum", "Digest", "Landscape", "Regret", "Report", arguments,
        .target(name: "CMPI", condition: .when(traits: ["MPI"])),
      ] + server,
      swiftSettings: settings),
    .plugin(
      name: "InspectCommand",
      capability: .command(
        intent: .custom(verb: "inspect", description: "Report how much the minibatches of a checkpoint disagree"))),

    // Samples: training loops that run, and the networks and data that they share.
    .target(
      name: "Networks", dependencies: ["Checkpoint", "CLAPACK"], path: "samples/Networks",
      exclude: ["Resources/README.md"], resources: [.copy("Resources/digits.csv")], swiftSettings: settings),

    .target(
      name: "Classifier", dependencies: ["GradientProbe", "Networks"], path: "samples/Classifier",
      swiftSettings: settings),

    .executableTarget(
      name: "reparametrize", dependencies: ["Networks", "Checkpoint", "Landscape", "Regret"],
      path: "samples/reparametrize", swiftSettings: settings),
    .executableTarget(
      name: "autodiff", dependencies: ["GradientProbe", "Networks"], path: "samples/autodiff", swiftSettings: settings),
    .executableTarget(
      name: "verify", dependencies: ["GradientProbe", "Networks"], path: "samples/verify",
      swiftSettings: settings),
    .executableTarget(
      name: "digits", dependencies: ["Classifier", "GradientProbe", "Networks"], path: "samples/digits",
      swiftSettings: settings),
    .executableTarget(
      name: "sources", dependencies: ["Classifier", "GradientProbe", "Networks"], path: "samples/sources",
      swiftSettings: settings),
    .executableTarget(
      name: "sketch",
      dependencies: ["Classifier", "Networks", "Checkpoint", "CheckpointHDF5", "GradientProbe", "Regret", logging],
      path: "samples/sketch", exclude: ["table.py"], swiftSettings: settings),
    .executableTarget(
      name: "sharded", dependencies: ["GradientProbe", "Networks"], path: "samples/sharded", swiftSettings: settings),

    .executableTarget(
      name: "landscape", dependencies: ["GradientProbe", "Landscape", "Networks"], path: "samples/landscape",
      swiftSettings: settings),
    .executableTarget(
      name: "study",
      dependencies: ["Classifier", "Networks", "Checkpoint", "CheckpointHDF5", "GradientProbe", "Landscape", logging],
      path: "samples/study", swiftSettings: settings),
    .executableTarget(
      name: "families", dependencies: ["Classifier", "Networks", "Checkpoint", "GradientProbe", "Landscape", logging],
      path: "samples/families", swiftSettings: settings),

    .testTarget(
      name: "GradientProbeTests",
      dependencies: [
        "GradientProbe", "Checkpoint", "CheckpointHDF5", "Landscape", "Networks", "TestSupport", "autodiff",
        "checkpoint-writer", "sketch", logging,
      ],
      swiftSettings: settings),
    .testTarget(name: "NetworksTests", dependencies: ["Networks", "Regret"], swiftSettings: settings),
    .testTarget(name: "LandscapeTests", dependencies: ["Landscape", "Checkpoint"], swiftSettings: settings),
    .testTarget(
      name: "RegretTests", dependencies: ["CLAPACK", "CTiles", "Checkpoint", "Checksum", "Networks", "Regret"],
      swiftSettings: settings),
    .testTarget(name: "ComparisonTests", dependencies: ["Comparison", "Regret"], swiftSettings: settings),
    .testTarget(
      name: "ReportTests", dependencies: ["Report", "Regret", "Checkpoint", "Comparison", "Landscape"],
      resources: [.copy("Golden")], swiftSettings: settings),
    .testTarget(
      name: "InspectTests",
      dependencies: [
        "inspect", "Checkpoint", "CheckpointHDF5", "Checksum", "CHDF5", "Landscape", "TestSupport", "checkpoint-writer",
      ],
      resources: [.copy("Fixtures")], swiftSettings: settings),
    // What several tests use: small files, commands, and a program that writes files until it is killed.
    .target(
      name: "TestSupport", dependencies: ["Checkpoint", "CheckpointHDF5"], path: "Tests/TestSupport",
      swiftSettings: settings),
    .executableTarget(
      name: "checkpoint-writer", dependencies: ["Checkpoint", "CheckpointHDF5", "GradientProbe", "TestSupport"],
      path: "Tests/CheckpointWriterTool", swiftSettings: settings),
    .executableTarget(
      name: "fuzz-reader", dependencies: ["Checkpoint", "CheckpointHDF5", "Checksum", "TestSupport"],
      path: "Tests/FuzzReader", swiftSettings: settings),
    .testTarget(name: "CheckpointTests", dependencies: ["Checkpoint"], swiftSettings: settings),
    .testTarget(
      name: "CheckpointHDF5Tests",
      dependencies: [
        "Checkpoint", "CheckpointHDF5", "Checksum", "HDF5", "CHDF5", "Landscape", "TestSupport", "checkpoint-writer",
      ],
      swiftSettings: settings),
  ]
)
