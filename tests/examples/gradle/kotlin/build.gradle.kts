import org.springframework.boot.gradle.tasks.bundling.BootBuildImage

val baseImage = "gcr.io/distroless/java21-debian12:nonroot"

jib {
    from {
        image = baseImage
    }
    to {
        image = "ghcr.io/acme/shop:${version}"
    }
}

tasks.named<BootBuildImage>("bootBuildImage") {
    builder.set("paketobuildpacks/builder-jammy-base:latest")
    buildpacks.set(listOf("docker://paketobuildpacks/java:18", "paketo-buildpacks/java"))
}

tasks.withType<BootBuildImage> {
    runImage.set(providers.gradleProperty("runImage"))
}
