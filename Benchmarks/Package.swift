// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("ExistentialAny"),
]

let package = Package(
  name: "Benchmarks",
  platforms: [.macOS(.v15)],
  dependencies: [
    .package(name: "GradientProbe", path: ".."),
    .package(url: "https://github.com/google/swift-benchmark", from: "0.1.2"),
  ],
  targets: [
    // What the machine can do at most.
    .target(name: "CFloor"),
    .executableTarget(name: "MachineFloor", dependencies: ["CFloor"], swiftSettings: settings),

    .executableTarget(
      name: "PassTime", dependencies: [.product(name: "Regret", package: "GradientProbe")], swiftSettings: settings),
    .executableTarget(
      name: "CaptureCost", dependencies: ["CFloor", .product(name: "GradientProbe", package: "GradientProbe")],
      swiftSettings: settings),
    .executableTarget(
      name: "Micro",
      dependencies: [
        .product(name: "Regret", package: "GradientProbe"),
        .product(name: "Benchmark", package: "swift-benchmark"),
      ],
      swiftSettings: settings),
  ]
)
