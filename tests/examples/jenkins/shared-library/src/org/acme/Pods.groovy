package org.acme

class Pods implements Serializable {
  static final String NODE = """
metadata:
  labels: {app: node}
spec:
  containers:
  - name: node
    image: node:22
  - name: app
    image: acme/app:${VERSION}
"""

  def test(script) {
    script.docker.image('python:3.13').inside { script.sh 'pytest' }
    script.docker.withRegistry('https://registry.example.com') {
      script.docker.image('acme/tool:1').pull()
    }
    this.steps.podTemplate(containers: [
      this.steps.containerTemplate(name: 'a', image: 'alpine:3.20')
    ]) { }
    steps.withDockerContainer('ruby:3.3') { }
    def built = script.docker.image('acme/built:1')
    built.push()
  }
}
