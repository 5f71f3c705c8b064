"""The least that resolving images can cost: bare requests on kept connections.

    python benchmarks/bare_client.py CONNECTIONS < NAMES

One challenge, then a token for each repository and the manifest of each tag, with
Python's own `http.client`, and nothing of the answers is looked at but the token.
"""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from threading import local

threads = local()


def main() -> None:
    names = sys.stdin.read().split()
    host = names[0].partition("/")[0]
    by_repository: dict[str, list[str]] = {}
    for name in names:
        repository, _, tag = name.removeprefix(f"{host}/").rpartition(":")
        by_repository.setdefault(repository, []).append(tag)
    get(host, "/v2/")
    with ThreadPoolExecutor(int(sys.argv[1])) as pool:
        tokens = dict(
            zip(
                by_repository,
                pool.map(lambda name: token(host, name), by_repository),
                strict=True,
            )
        )
        paths = [
            (f"/v2/{repository}/manifests/{tag}", tokens[repository])
            for repository, tags in by_repository.items()
            for tag in tags
        ]
        list(pool.map(lambda path: get(host, *path), paths))


def token(host: str, repository: str) -> str:
    answer = get(host, f"/token?scope=repository:{repository}:pull")
    value: str = json.loads(answer)["token"]
    return value


def get(host: str, path: str, token: str = "") -> bytes:
    if not hasattr(threads, "connection"):
        threads.connection = HTTPConnection(host)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    threads.connection.request("GET", path, headers=headers)
    body: bytes = threads.connection.getresponse().read()
    return body


if __name__ == "__main__":
    main()
