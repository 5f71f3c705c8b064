"""Publish a report on GitHub, Gitea or Forgejo, as a pull request or as an issue.

    forge.py pull-request TITLE BODY-FILE
    forge.py issue TITLE BODY-FILE EXIT-CODE

`pull-request` opens or refreshes the request of a branch. A closed request stays closed
until its branch gets another commit. Only a new request gets IMAGELOCK_LABELS and
IMAGELOCK_REVIEWERS: what people change later stays. None is opened while IMAGELOCK_LIMIT
requests of branches `imagelock/…` are open; a later run opens it.

`issue` opens or refreshes one issue while EXIT-CODE is not 0, and closes it when all is
well. It never touches an issue that a visitor wrote.

Gitea and Forgejo support the parts of GitHub's API that this script uses. Nothing is
sent if nothing would change. Needs only Python's standard library.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST = 65_535
"""Characters in the body of a request or an issue; GitHub refuses more."""
PAGES = 20
PAGE = 50
TEAM = "team/"
OURS = "imagelock/"
MARK = "<!-- imagelock: drift -->\n"
"""The first line of the issue, by which it is found again."""
TRUSTED = {"OWNER", "MEMBER", "COLLABORATOR"}


def main(command: str, title: str, body_file: str, *exit_code: str) -> int:
    """Publish the report, print the operation, and return the exit code."""
    body = Path(body_file).read_text(encoding="utf-8")
    limit = os.environ.get("IMAGELOCK_LIMIT", "")
    if limit.strip("0123456789"):
        print(f"error: the limit `{limit}` is not a number", file=sys.stderr)
        return 2
    try:
        if command == "issue":
            print(publish_issue(title, body, is_clean=exit_code == ("0",)))
        else:
            branch, base = os.environ["IMAGELOCK_BRANCH"], os.environ["IMAGELOCK_BASE"]
            print(publish(branch, base, title, body[:LONGEST]))
    except urllib.error.HTTPError as error:
        answer = error.read(2_000).decode("utf-8", "replace")
        print(f"error: {error.url} answered {error.code}: {answer}", file=sys.stderr)
        print(f"hint: may this token write {command}s?", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"error: the {command} cannot be published: {error}", file=sys.stderr)
        return 1
    return 0


def publish_issue(title: str, body: str, *, is_clean: bool) -> str:
    """Open, edit or close the issue about drift; return the operation."""
    content = {"title": title, "body": f"{MARK}{body}"[:LONGEST]}
    issue = find_issue()
    if issue is None:
        if is_clean:
            return "no issue is open"
        made = call("POST", "/issues", content)
        if labels := items("IMAGELOCK_LABELS"):
            call("POST", f"/issues/{made['number']}/labels", {"labels": labels})
        return f"opened issue {made['number']}"
    number = issue["number"]
    if is_clean:
        call("PATCH", f"/issues/{number}", {"state": "closed"})
        return f"closed issue {number}"
    if all((issue[key] or "").strip() == content[key].strip() for key in content):
        return f"issue {number} is up to date"
    call("PATCH", f"/issues/{number}", content)
    return f"refreshed issue {number}"


def find_issue() -> dict[str, Any] | None:
    """Return the open issue that an earlier run wrote, if there is one."""
    for page in range(1, PAGES + 1):
        query = {"state": "open", "per_page": PAGE, "limit": PAGE, "page": page}
        listed = call("GET", f"/issues?{urllib.parse.urlencode(query)}")
        for issue in listed:
            author = issue.get("author_association")  # Gitea does not say
            is_ours = author is None or author in TRUSTED or is_bot(issue)
            if is_ours and (issue["body"] or "").startswith(MARK.rstrip()):
                return dict(issue)
        if len(listed) < PAGE:
            break
    return None


def is_bot(issue: dict[str, Any]) -> bool:
    """Return whether a program wrote *issue*, such as the job of a workflow."""
    return (issue.get("user") or {}).get("type") == "Bot"


def publish(branch: str, base: str, title: str, body: str) -> str:
    """Create or edit the request from *branch* to *base*; return the operation."""
    content = {"title": title, "body": body}
    request = find(branch, base, "open")
    if request is None:
        closed = find(branch, base, "closed")
        if closed and closed["head"]["sha"] == tip(branch):
            return f"request {closed['number']} was closed and stays closed"
        limit = os.environ.get("IMAGELOCK_LIMIT")
        if limit and open_requests() >= int(limit):
            return f"no request is opened: the limit is {limit}"
        made = call("POST", "/pulls", {**content, "head": branch, "base": base})
        introduce(made["number"])
        return f"opened request {made['number']}"
    number = request["number"]
    if all((request[key] or "").strip() == content[key].strip() for key in content):
        return f"request {number} is up to date"
    call("PATCH", f"/pulls/{number}", content)
    return f"refreshed request {number}"


def introduce(number: int) -> None:
    """Give the new request its labels, and ask its reviewers."""
    if labels := items("IMAGELOCK_LABELS"):
        call("POST", f"/issues/{number}/labels", {"labels": labels})
    if reviewers := items("IMAGELOCK_REVIEWERS"):
        teams = [r.removeprefix(TEAM) for r in reviewers if r.startswith(TEAM)]
        users = [r for r in reviewers if not r.startswith(TEAM)]
        asked = {"reviewers": users, "team_reviewers": teams}
        call("POST", f"/pulls/{number}/requested_reviewers", asked)


def items(variable: str) -> list[str]:
    """Return the list in *variable*, which commas separate."""
    listed = os.environ.get(variable, "").split(",")
    return [item.strip() for item in listed if item.strip()]


def find(branch: str, base: str, state: str) -> dict[str, Any] | None:
    """Return the latest request from *branch* to *base* in *state*, if there is one."""
    # Gitea ignores `head`.
    owner = os.environ["GITHUB_REPOSITORY"].split("/")[0]
    for request in requests(state=state, head=f"{owner}:{branch}"):
        if (request["head"]["ref"], request["base"]["ref"]) == (branch, base):
            return request
    return None


def open_requests() -> int:
    """Return how many requests of branches of imagelock are open."""
    listed = requests(state="open")
    return sum(request["head"]["ref"].startswith(OURS) for request in listed)


def requests(**query: str) -> Iterator[dict[str, Any]]:
    """Yield the requests of *query*, newest first, without those of forks.

    A fork may have a branch of the same name.
    """
    for page in range(1, PAGES + 1):
        pages = {"per_page": PAGE, "limit": PAGE, "page": page}
        listed = call("GET", f"/pulls?{urllib.parse.urlencode({**query, **pages})}")
        for request in listed:
            owner = (request["head"].get("repo") or {}).get("full_name")
            if owner == os.environ["GITHUB_REPOSITORY"]:
                yield dict(request)
        if len(listed) < PAGE:
            break


def tip(branch: str) -> str:
    """Return the current commit of *branch* on the remote."""
    remote = os.environ.get("IMAGELOCK_REMOTE", "origin")
    listed = subprocess.run(
        ["git", "ls-remote", remote, f"refs/heads/{branch}"],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    return listed.split("\t")[0]


def call(method: str, path: str, data: dict[str, Any] | None = None) -> Any:
    """Return the answer of the API for *path* in the repository."""
    root = os.environ["GITHUB_API_URL"].rstrip("/")
    request = urllib.request.Request(
        f"{root}/repos/{os.environ['GITHUB_REPOSITORY']}{path}",
        data=None if data is None else json.dumps(data).encode(),
        method=method,
        headers={
            "Accept": "application/json",
            "Authorization": f"token {os.environ['IMAGELOCK_TOKEN']}",
            "Content-Type": "application/json",
            "User-Agent": "imagelock",
        },
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
