"""The options of programs that take images: which of them have a value.

https://docs.docker.com/reference/cli/docker/container/run/
https://docs.podman.io/en/latest/markdown/podman-run.1.html
https://github.com/containerd/nerdctl/blob/main/docs/command-reference.md
https://github.com/google/go-containerregistry/blob/main/cmd/crane/doc/crane.md
https://github.com/containers/skopeo/blob/main/docs/skopeo-copy.1.md
https://oras.land/docs/commands/oras_pull
https://docs.docker.com/reference/cli/docker/model/run/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imagelock.sources.shell.words import ShellWord


@dataclass(frozen=True, slots=True)
class Options:
    """Options by their names: `flags` stand alone, `values` take the next word.

    With `=`, each option has its value in its own word.
    """

    flags: frozenset[str]
    values: frozenset[str]


def _options(flags: str, values: str) -> Options:
    return Options(frozenset(flags.split()), frozenset(values.split()))


RUN: Final = _options(
    "-d --detach -i --interactive -t --tty --rm --init --privileged --read-only -P"
    " --publish-all -q --quiet --no-healthcheck --oom-kill-disable --sig-proxy"
    " --disable-content-trust --help --use-api-socket --replace --tls-verify --rmi"
    " --no-hosts --no-hostname --env-host --http-proxy --passwd --read-only-tmpfs"
    " --all-tags --insecure-registry",
    "-a --attach -c --cpu-shares -e --env -h --hostname -l --label -m --memory -p"
    " --publish -u --user -v --volume -w --workdir --add-host --annotation --arch"
    " --attach --authfile --blkio-weight --blkio-weight-device --cap-add --cap-drop"
    " --cert-dir --cgroup-conf --cgroup-parent --cgroupns --cgroups --cidfile"
    " --conmon-pidfile --cpu-count --cpu-percent --cpu-period --cpu-quota"
    " --cpu-rt-period --cpu-rt-runtime --cpus --cpuset-cpus --cpuset-mems --creds"
    " --decryption-key --detach-keys --device --device-cgroup-rule --device-read-bps"
    " --device-read-iops --device-write-bps --device-write-iops --dns --dns-opt"
    " --dns-option --dns-search --domainname --entrypoint --env-file --env-merge"
    " --expose --gidmap --gpus --group-add --group-entry --health-cmd"
    " --health-interval --health-retries --health-start-interval"
    " --health-start-period --health-timeout --hostuser --image-volume --init-ctr"
    " --init-path --io-maxbandwidth --io-maxiops --ip --ip6 --ipc --isolation"
    " --kernel-memory --label-file --link --link-local-ip --log-driver --log-opt"
    " --mac-address --memory-reservation --memory-swap --memory-swappiness --mount"
    " --name --net --network --net-alias --network-alias --oom-score-adj --os"
    " --passwd-entry --personality --pid --pidfile --pids-limit --platform --pod"
    " --pod-id-file --preserve-fd --preserve-fds --pull --requires --restart --retry"
    " --retry-delay --rootfs --runtime --sdnotify --seccomp-policy --secret"
    " --security-opt --shm-size --shm-size-systemd --stop-signal --stop-timeout"
    " --storage-opt --subgidname --subuidname --sysctl --systemd --timeout --tmpfs --tz"
    " --uidmap --ulimit --umask --unsetenv --userns --uts --variant --volume-driver"
    " --volumes-from",
)
PULL: Final = _options(
    "-a --all-tags -q --quiet --disable-content-trust --tls-verify --all-platforms"
    " --unpack --help",
    "--platform --arch --authfile --cert-dir --creds --decryption-key --os --policy"
    " --retry --retry-delay --variant --verify --cosign-key",
)
BUILD: Final = _options(
    "--no-cache --pull --push --load -q --quiet --rm --force-rm --squash --compress"
    " --check --help --debug --disable-content-trust --layers --tls-verify --stdin",
    "-t --tag -f --file --build-arg --platform --target --cache-from --cache-to"
    " --label --annotation --network --secret --ssh -o --output --progress --builder"
    " --metadata-file --iidfile --attest --provenance --sbom --add-host --allow"
    " --call --cgroup-parent --no-cache-filter --shm-size --ulimit --build-context"
    " --isolation --memory -m --cpus --cpu-shares -c --cpu-period --cpu-quota"
    " --cpuset-cpus --cpuset-mems --memory-swap --security-opt --format --jobs -v"
    " --volume --authfile --creds --arch --os --variant --policy",
)
IMAGETOOLS: Final = _options(
    "--append --dry-run --raw --prefer-index --debug -D",
    "-t --tag -f --file --annotation --builder --progress --format --metadata-file"
    " --platform -p",
)
CRANE: Final = _options(
    "-v --verbose --insecure --allow-nondistributable-artifacts --full-ref -a"
    " --all-tags -n --no-clobber --exact --fast --annotate-ref --help -h"
    " --tarball-only --omit-digest-tags -O",
    "--platform -j --jobs --format -c --cache_path --tarball --tag -t --image -f"
    " --new_layer",
)
SKOPEO: Final = _options(
    "--all -a --debug --insecure-policy --preserve-digests --quiet -q --raw --config"
    " --no-tags -n --no-creds --src-tls-verify --dest-tls-verify --tls-verify"
    " --remove-signatures --dest-compress --dest-decompress --dest-oci-accept-uncompressed-layers"
    " --dest-precompute-digests --src-no-creds --dest-no-creds --multi-arch-all --help",
    "--authfile --src-authfile --dest-authfile --src-creds --dest-creds --creds"
    " --src-cert-dir --dest-cert-dir --cert-dir --src-registry-token"
    " --dest-registry-token --registry-token --format -f --multi-arch"
    " --additional-tag --override-arch --override-os --override-variant --policy"
    " --registries.d --registries-conf --tmpdir --command-timeout --retry-times"
    " --sign-by --sign-passphrase-file --src-daemon-host --dest-daemon-host"
    " --src-shared-blob-dir --dest-shared-blob-dir --digestfile --encryption-key"
    " --encrypt-layer --decryption-key --image-parallel-copies --src-username"
    " --src-password --dest-username --dest-password --username --password",
)
ORAS: Final = _options(
    "-a --allow-path-traversal -d --debug -v --verbose --insecure --plain-http --no-tty"
    " -k --keep-old-files --include-subject -r --recursive --pretty --password-stdin"
    " --identity-token-stdin --from-insecure --from-plain-http --to-insecure"
    " --to-plain-http --from-password-stdin --to-password-stdin --descriptor"
    " --full-reference -l --help -h",
    "-o --output --config -u --username -p --password --identity-token --platform"
    " --concurrency --format --template --registry-config --ca-file --cert-file"
    " --key-file --resolve -H --header --distribution-spec --media-type --artifact-type"
    " --from-username --from-password --from-identity-token --from-registry-config"
    " --from-ca-file --from-cert-file --from-key-file --from-resolve --from-header"
    " --from-distribution-spec --to-username --to-password --to-identity-token"
    " --to-registry-config --to-ca-file --to-cert-file --to-key-file --to-resolve"
    " --to-header --to-distribution-spec",
)
MODEL: Final = _options(
    "-d --detach --debug --ignore-runtime-memory-check --help -h",
    "--color --openaiurl --backend",
)
GLOBAL: Final = _options(
    "-D --debug --tls --tlsverify --remote -r --help --insecure-registry",
    "-H --host -c --context --config -l --log-level --tlscacert --tlscert --tlskey"
    " --connection --identity --log-opt --root --runroot --storage-driver --storage-opt"
    " --url --namespace -n --address -a --snapshotter --cgroup-manager --data-root"
    " --hosts-dir --cni-path --cni-netconfpath --builder",
)


@dataclass(frozen=True, slots=True)
class Split:
    """The words of a command that are no options, and the values of its options.

    `problem` is the word behind which it is not known which word is which, and
    `option` the name of the option that is not known, if there is one.
    """

    others: tuple[ShellWord, ...]
    values: tuple[tuple[str, ShellWord], ...]
    problem: ShellWord | None = None
    option: str = ""


def split(
    words: Sequence[ShellWord], options: Options, most: int | None = None
) -> Split:
    """Return what *words* are by *options*, up to *most* words that are none."""
    others: list[ShellWord] = []
    values: list[tuple[str, ShellWord]] = []
    at = 0
    while at < len(words) and (most is None or len(others) < most):
        word, text = words[at], words[at].beginning
        at += 1
        if text == "--":
            others += words[at:]
            break
        if not text.startswith("-") or text == "-":
            if word.may_be_several and not text:
                return Split(tuple(others), tuple(values), word)
            others.append(word)
            continue
        name, equals, _ = text.partition("=")
        takes = None if equals else _takes_next(name, options)
        if not equals and takes is None:
            return Split(tuple(others), tuple(values), word, name)
        value = word.behind(f"{name}=") if equals else None
        if takes:
            value = words[at] if at < len(words) else None
            at += 1
        if value is not None:
            values.append((name, value))
    return Split(tuple(others[:most]), tuple(values))


def _takes_next(name: str, options: Options) -> bool | None:
    """Return whether the option takes the next word; `None` if it is not known.

    Options of one letter can share a word, and the last can have its value there:
    `-it`, `-ite`, `-p80:80`.
    """
    if name in options.values or name in options.flags:
        return name in options.values
    if name.startswith("--"):
        return None
    for number, letter in enumerate(name[1:], start=2):
        if f"-{letter}" in options.values:
            return number == len(name)
        if f"-{letter}" not in options.flags:
            return None
    return False
