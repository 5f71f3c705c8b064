podTemplate(
    label: 'builder',
    containers: [
        containerTemplate(name: 'jnlp', image: 'jenkins/inbound-agent:jdk21', args: '${computer.jnlpmac}'),
        containerTemplate(
            name: "kaniko",
            image: "gcr.io/kaniko-project/executor:debug",
            envVars: [envVar(key: 'IMAGE', value: 'not/this:1')],
        ),
        containerTemplate(name: 'app', image: APP_IMAGE)
    ]) {
    node('builder') {
        container('kaniko') {
            sh '/kaniko/executor --destination registry.example.com/app:1'
        }
    }
}

pipeline {
    agent {
        kubernetes {
            containerTemplate {
                name 'shell'
                image 'ubuntu:24.04'
                command 'sleep'
            }
        }
    }
    stages { stage('a') { steps { echo 'image: none' } } }
}
