def call() {
  withEphemeralContainer(image: 'nicolaka/netshoot:v0.13') {
    sh 'dig example.com'
  }
}
