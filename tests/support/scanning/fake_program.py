"""A program that behaves like a scanner, as `behaviour.json` beside it says.

It is copied to a folder on the `PATH` under the name of the scanner, and uses nothing but
the standard library. Every call is added to `calls.jsonl`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
TOOL = Path(__file__).name
BEHAVIOUR = json.loads((FOLDER / "behaviour.json").read_bytes())
WRONG = "sha256:" + "f" * 64
CVE = "CVE-2023-38545"
REPORTS = {"clean", "vulnerable", "nothing", "wrong-digest", "escapes"}


def main(arguments: list[str]) -> int:
    note(arguments)
    words = " ".join(arguments)
    if kind := next((kind for text, kind in PROBES if text in words), None):
        return probe(kind)
    if "--download-java-db-only" in words:
        (FOLDER / "java").touch()
        return 0
    if "db" in words.split() or "--download-db-only" in words:
        if BEHAVIOUR["update"] == "fails":
            sys.stderr.write("no route to host\n")
            return 1
        return 0
    if "canary" in words:
        # The canary is not an image, so that the report names none.
        return answer(report(BEHAVIOUR["canary"], "sha256:" + "0" * 64), arguments)
    digest = next(text for text in arguments if "@sha256:" in text).partition("@")[2]
    return scan(BEHAVIOUR["images"].get(digest, "clean"), digest, arguments)


PROBES = [
    ("scout version", "scout"),
    ("db status", "database"),
    ("version", "version"),
]


def probe(kind: str) -> int:
    built = BEHAVIOUR["built"]
    if kind == "scout":
        out("\n   Docker Scout\n\nversion: v1.20.4 (go1.25 - linux/amd64)")
    elif kind == "database":
        database = {"schemaVersion": "v6.1.9", "built": built, "valid": bool(built)}
        out(json.dumps(database))
        return 0 if built else 1
    elif TOOL == "trivy":
        database = {"VulnerabilityDB": {"Version": 2, "UpdatedAt": built}}
        out(json.dumps({"Version": "0.74.0", **(database if built else {})}))
    elif TOOL == "grype":
        out(json.dumps({"application": "grype", "version": "0.121.2"}))
    else:
        out(f"{TOOL} version 4.9.0")
    return 0


def scan(how: str, digest: str, arguments: list[str]) -> int:
    """Behave like *how*: give a report, or a part of one, or fail."""
    if how == "needs-java" and (FOLDER / "java").exists():
        how = "vulnerable"
    if how in FAILURES:
        return FAILURES[how]()
    is_report = how in REPORTS or how.endswith(".json")
    text = report(how if is_report else "clean", digest)
    if how == "half":
        text = text[: len(text) // 2]
    if how == "text":
        text = "everything is fine"
    code = answer(text, arguments)
    if how == "clean-but-failed":
        message = "\x1b[31mFATAL\x1b[0m\trun error: \x1b]0;title\x07 no space left"
        sys.stderr.write(f"{message}\n\n")
        return 1
    return code


def hang() -> int:
    """Wait, and so does a program that this one started."""
    sleep = "import time; time.sleep(600)"
    child = subprocess.Popen([sys.executable, "-c", sleep])
    (FOLDER / "children").write_text(str(child.pid), encoding="utf-8")
    return child.wait()


def crash() -> int:
    sys.stderr.write("panic: runtime error\n\ngoroutine 1 [running]:\n\n")
    return 2


def end_by_signal() -> int:
    os.kill(os.getpid(), 9)
    return 0


def need_java() -> int:
    """Fail as Trivy does without its database of jars."""
    sys.stderr.write("'--skip-java-db-update' cannot be specified on the first run\n")
    return 1


def write_a_gigabyte() -> int:
    for _ in range(1024):
        out(" " * 2**20)
    return 0


FAILURES = {
    "hang": hang,
    "crash": crash,
    "killed": end_by_signal,
    "gigabyte": write_a_gigabyte,
    "needs-java": need_java,
}


def out(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def answer(text: str, arguments: list[str]) -> int:
    if "--output" in arguments and TOOL == "docker":
        Path(arguments[arguments.index("--output") + 1]).write_text(
            text, encoding="utf-8"
        )
        out("    ✓ Report written")
    else:
        out(text)
    return 0


def report(how: str, digest: str) -> str:
    if how.endswith(".json"):
        # A recorded report, as if it were about this image.
        recorded = Path(how).read_text(encoding="utf-8")
        scanned = json.loads(recorded)["Metadata"]["RepoDigests"][0]
        return recorded.replace(scanned.partition("@")[2], digest)
    digest = WRONG if how == "wrong-digest" else digest
    packages = [] if how == "nothing" else ["curl"]
    title = "\x1b[31mred\x1b[0m" if how == "escapes" else "curl: overflow"
    rows = [title] if how in {"vulnerable", "escapes"} else []
    build = {"trivy": trivy, "grype": grype, "clairctl": clair, "docker": scout}[TOOL]
    return json.dumps(build(digest, packages, rows))


def trivy(digest: str, packages: list[str], rows: list[str]) -> dict[str, object]:
    found = [
        {
            "VulnerabilityID": CVE,
            "PkgName": "curl",
            "InstalledVersion": "7.88.1-10",
            "Severity": "CRITICAL",
            "Title": title,
        }
        for title in rows
    ]
    result = {
        "Class": "os-pkgs",
        "Type": "debian",
        "Packages": [{"Name": name} for name in packages],
        "Vulnerabilities": found,
    }
    return {
        "SchemaVersion": 2,
        "ArtifactType": "container_image",
        "Metadata": {"RepoDigests": [f"registry.test/app@{digest}"]},
        "Results": [result] if packages else None,
    }


def grype(digest: str, packages: list[str], rows: list[str]) -> dict[str, object]:
    found = [
        {
            "vulnerability": {"id": CVE, "severity": "Critical", "description": title},
            "artifact": {"name": "curl", "version": "7.88.1-10", "type": "deb"},
        }
        for title in rows
    ]
    return {
        "matches": found,
        "source": {"type": "image", "target": {"manifestDigest": digest}},
        "distro": {"name": "debian", "version": "12"} if packages else {},
        "descriptor": {"name": "grype", "version": "0.121.2"},
    }


def clair(digest: str, packages: list[str], rows: list[str]) -> dict[str, object]:
    found = {
        str(number): {
            "name": CVE,
            "description": title,
            "normalized_severity": "Critical",
        }
        for number, title in enumerate(rows, 7)
    }
    return {
        "manifest_hash": digest,
        "packages": {
            str(number): {"name": name, "version": "1"}
            for number, name in enumerate(packages, 1)
        },
        "vulnerabilities": found,
        "package_vulnerabilities": {"1": list(found)} if found else {},
    }


def scout(digest: str, packages: list[str], rows: list[str]) -> dict[str, object]:
    del digest, packages
    rules = [
        {
            "id": CVE,
            "shortDescription": {"text": title},
            "properties": {
                "purls": ["pkg:deb/debian/curl@7.88.1-10"],
                "fixed_version": "not fixed",
                "cvssV3_severity": "CRITICAL",
            },
        }
        for title in rows
    ]
    driver = {"name": "docker scout", "version": "1.20.4", "rules": rules}
    results = [{"ruleId": CVE} for _ in rows]
    return {
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": results}],
    }


def note(arguments: list[str]) -> None:
    """Add the call, with what the program could see, to `calls.jsonl`."""
    config = os.environ.get("DOCKER_CONFIG")
    file = Path(config, "config.json") if config else None
    here = Path.cwd()
    call = {
        "arguments": arguments,
        "environment": dict(os.environ),
        "docker": json.loads(file.read_text(encoding="utf-8"))
        if file and file.exists()
        else None,
        "mode": oct(file.stat().st_mode & 0o777) if file and file.exists() else None,
        "folder": str(here),
        "files": sorted(
            str(p.relative_to(here)) for p in here.rglob("*") if p.is_file()
        ),
        "started": time.time(),
    }
    with (FOLDER / "calls.jsonl").open("a", encoding="utf-8") as calls:
        calls.write(json.dumps(call) + "\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
