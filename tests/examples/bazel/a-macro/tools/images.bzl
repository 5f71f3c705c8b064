load("@rules_oci//oci:pull.bzl", "oci_pull")

VERSION = "1.0"

def images(tag):
    oci_pull(name = "a", image = "quay.io/acme/a", tag = tag)
    oci_pull(name = "b", image = "quay.io/acme/b:%s" % VERSION)
    oci_pull(
        name = "c", image = "quay.io/acme/c", tag = "v1", reproducible = False)
