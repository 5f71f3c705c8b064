import jetbrains.buildServer.configs.kotlin.*

version = "2024.03"

object Build : BuildType({
    name = "Build"
    steps {
        maven {
            goals = "clean test"
            dockerImagePlatform = MavenBuildStep.ImagePlatform.Linux
            dockerImage = "maven:3.9"
            dockerPull = true
        }
        script {
            scriptContent = "docker run alpine:3"
            // dockerImage = "commented/out:1"
            dockerImage = "%docker.image%"
        }
        powerShell {
            param("plugin.docker.imageId", "microsoft/powershell")
            param("plugin.docker.imagePlatform", "")
        }
        script { dockerImage = "node:$nodeVersion" }
    }
})
