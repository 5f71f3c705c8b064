def call() {
  podTemplate(yaml: libraryResource('pods/go.yaml')) {
    node(POD_LABEL) { sh 'go build ./...' }
  }
}
