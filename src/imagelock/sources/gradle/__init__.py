"""Images in build scripts of Gradle."""
