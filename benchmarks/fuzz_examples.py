"""What the readers of `fuzz_readers.py` know how to read."""

from __future__ import annotations

from typing import Final

HEX: Final = "a" * 64
LOCK: Final = f"""\
version = 1
platforms = ["linux/amd64", "linux/arm64"]

[[image]]
reference = "docker.io/library/nginx:1.27"
digest = "sha256:{HEX}"
media-type = "application/vnd.oci.image.index.v1+json"
platforms = [{{ name = "linux/amd64", digest = "sha256:{HEX}" }}]
pinned = [{{ file = "a.yaml", use = "spec", number = 2, wrote = "@{{digest}}" }}]
"""
CONFLICT: Final = LOCK.replace(
    'digest = "sha',
    '<<<<<<< ours\ndigest = "sha256:0"\n=======\n>>>>>>> theirs\ndigest = "sha',
    1,
)
TAGS: Final = (
    "1.27.3-alpine3.20", "v2.0.0-rc.1+build", "16.04", "2024-01-31", "RELEASE.2024T1Z",
    "1" * 128, "1." * 64, "a-" * 64, "1-" * 64, "latest", "_", "9" * 200,
)  # fmt: skip
INDEX: Final = f"""{{"schemaVersion": 2,
"mediaType": "application/vnd.oci.image.index.v1+json",
"manifests": [{{"mediaType": "application/vnd.oci.image.manifest.v1+json",
"digest": "sha256:{HEX}", "size": 7, "platform": {{"os": "linux",
"architecture": "arm", "variant": "v7"}}}}], "annotations": {{"a": "b"}}}}"""
MANIFEST: Final = f"""{{"schemaVersion": 2, "config": {{"digest": "sha256:{HEX}",
"size": 3, "mediaType": "application/vnd.oci.image.config.v1+json"}}, "layers": [
{{"digest": "sha256:{HEX}", "size": 9, "mediaType": "x"}}]}}"""
IMAGE: Final = """{"os": "linux", "architecture": "amd64", "created":
"2024-01-01T00:00:00Z", "config": {"Env": ["A=b"], "Cmd": ["x"], "User": "1",
"Labels": {"org.opencontainers.image.version": "1"}, "ExposedPorts": {"80/tcp": {}}}}"""
PODS: Final = f"""{{"kind": "List", "items": [{{"kind": "Pod", "metadata":
{{"name": "a", "namespace": "b"}}, "spec": {{"containers": [{{"name": "c", "image":
"nginx:1.27"}}]}}, "status": {{"containerStatuses": [{{"name": "c", "image":
"nginx:1.27", "imageID": "docker.io/library/nginx@sha256:{HEX}"}}]}}}}]}}"""
INSPECTED: Final = f"""[{{"Id": "sha256:{HEX}", "Config": {{"Image": "nginx:1.27"}},
"Image": "sha256:{HEX}", "Name": "/web"}}, {{"Id": "sha256:{HEX}", "RepoTags":
["nginx:1.27"], "RepoDigests": ["nginx@sha256:{HEX}"]}}]"""


SEEN: Final = f"""\
version = 1
[[seen]]
reference = "docker.io/library/a:1"
digest = "sha256:{HEX}"
since = 2024-01-01T00:00:00Z
"""
SETTINGS: Final = """\
platforms = ["linux/amd64"]
cooldown = "3d"
[images."nginx:*"]
tag-pattern = "(?<version>.*)"
hold = true
[registries."a.example"]
mirror = "https://b.example"
[rules]
drift = "off"
"""
PLACES: Final = """\
exclude = ["a/**/[b-c]?.yaml"]
[[match]]
paths = ["*.yaml"]
key = "*_IMAGE"
value = "yaml"
inside = "a[].b"
[ignore-paths]
"a/**" = ["drift"]
"""
IMGPIN: Final = f'{{"entries": {{"nginx:1.27": {{"digest": "sha256:{HEX}"}}}}}}'
DOCKER_LOCK: Final = f"""{{"composefiles": {{}}, "dockerfiles": {{"Dockerfile": [
{{"name": "nginx", "tag": "1.27", "digest": "{HEX}"}}]}}}}"""
IMAGES_LOCK: Final = f"""\
apiVersion: imgpkg.carvel.dev/v1alpha1
kind: ImagesLock
images:
- image: nginx@sha256:{HEX}
  annotations: {{kbld.carvel.dev/id: nginx:1}}
"""
MANIFESTS: Final = """\
apiVersion: v1
kind: Pod
spec:
  containers:
  - image: nginx:1.27
  - {image: 'nginx:1.27'}
---
kind: List
apiVersion: v1
items: []
"""
RESOURCES: Final = """{"apiVersion": "config.kubernetes.io/v1", "kind": "ResourceList",
"items": [{"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [
{"image": "nginx:1.27"}]}}], "functionConfig": {}}"""
REGISTRIES: Final = """\
unqualified-search-registries = ["docker.io"]
[[registry]]
prefix = "*.example"
location = "b.example/c"
insecure = true
[[registry.mirror]]
location = "m.example"
pull-from-mirror = "tag-only"
"""
HOSTS: Final = """\
server = "https://registry-1.docker.io"
[host."https://m.example:5/v2"]
capabilities = ["pull", "resolve"]
ca = "a.crt"
client = [["a", "b"]]
override_path = true
skip_verify = true
"""
CREDENTIALS: Final = f"""{{"auths": {{"https://index.docker.io/v1/":
{{"auth": "dXNlcjpwYXNz"}}, "docker.io": {{"identitytoken": "{HEX}"}}}},
"credHelpers": {{"docker.io": "x"}}}}"""

EXAMPLES: Final = {
    "reference": (
        *("nginx", "localhost:5000/a", "[::1]:5/a"),
        f"ghcr.io/a/b_c/d--e:v1.2@sha256:{HEX}",
    ),
    "digest": (f"sha256:{HEX}", f"sha512:{HEX * 2}"),
    "platform": ("linux/arm/v7", "windows(10.0.1)/amd64"),
    "duration": ("3d", "12h", "1w"),
    "tag": TAGS,
    "tag-pattern": (
        r"(?<version>\d+\.\d+)-(?<compat>\w+)",
        r"(?P<major>[0-9]+)(?:\.(?<minor>\d+))?",
        r"v?(?<version>[\d.]+)(?<prerelease>-rc\.?\d+)?(\+(?<build>.*))?",
        r"((?<version>\d+)|x){2}[^a-z]*?\w{1,3}(?=a)(?!b)(?<=c)\1(?(1)a|b)(?i:x)",
    ),
    "lockfile": (LOCK, CONFLICT),
    "schema": (LOCK,),
    "seen": (SEEN,),
    "settings": (SETTINGS, PLACES),
    "import": (IMGPIN, DOCKER_LOCK, IMAGES_LOCK),
    "render": (MANIFESTS, RESOURCES),
    "running": (PODS, INSPECTED),
    "challenge": (
        'Bearer realm="https://a.example/token",service="a b",scope="x\\"y", Basic r=a',
        "Negotiate YII=, NTLM, Basic realm=x",
    ),
    "link": (
        '</v2/a/tags/list?last=b&n=1000>; rel="next"',
        "<https://[::1]:9/x>;rel=next,<y>",
    ),
    "header": (
        *("120", "Fri, 31 Dec 1999 23:59:59 GMT"),
        *('299 - "a \\" b"', "100;w=21600"),
    ),
    "manifest": (INDEX, MANIFEST),
    "configuration": (IMAGE,),
    "registries.conf": (REGISTRIES,),
    "hosts.toml": (HOSTS,),
    "credentials": (CREDENTIALS,),
    "dotenv": ("A=1\nexport B=\"x ${A:-y} \\n\" # c\nC: 'z'\nD=${B}${C}\n",),
    "interpolation": ("a:${A:-${B:?c}}-$A$$", "${A:+x}${B+y}${C-}"),
    "source-link": (
        "git@github.com:a/b.git#main",
        "git+https://gitlab.example/a/b/-/tree/x",
    ),
    "patterns": ("a/**/*.yaml", "!/b/[a-z]?/", "**/c/", "[[:space:]]\\*"),
}
"""Some texts for each reader."""
