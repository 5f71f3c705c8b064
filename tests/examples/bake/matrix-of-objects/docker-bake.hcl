target "app" {
  name = "app-${item.tgt}-${replace(item.version, ".", "-")}"
  matrix = {
    item = [
      { tgt = "foo", version = "1.0", base = "docker-image://alpine:3.20" },
      { tgt = "bar", version = "2.0", base = "docker-image://debian:12" },
    ]
  }
  context = "./${item.tgt}"
  contexts = { base = item.base }
  args = { VERSION = item.version }
}
