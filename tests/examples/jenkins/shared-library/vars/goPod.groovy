def call() {
  return '''
    spec:
      containers:
      - name: go
        image: golang:1.23
  '''
}
