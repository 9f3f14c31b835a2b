"""A GitHub on loopback: it keeps state, pages, limits and fails as told, and holds each exchange against the contract.

What the published description does not say stands here: comment length, read-only tokens, permissions by scope, links
between pages, entity tags, rate limits. Violations land in `violations`, which the fixture finds empty at the end.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from tests.hosts import contract
from tests.hosts.contract import example

R = "/repos/{owner}/{repo}"
DENIED = "Resource not accessible by integration"
ALL = frozenset({"contents: read", "pull-requests: write", "checks: write", "statuses: write", "actions: write"})
READ_ONLY = frozenset({"contents: read", "pull-requests: read", "checks: read", "statuses: read", "actions: read"})


@dataclass
class Fault:
    """The next `times` requests that match are answered so; `after` lets the write happen first."""

    method: str
    path: str
    status: int = 502
    times: int = 1
    after: bool = False
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"<html><body>Unicorn!</body></html>"
    drop: bool = False


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: dict[str, str]
    body: Any
    authorization: str
    status: int


@dataclass
class Refused(Exception):
    status: int
    message: str
    headers: dict[str, str] = field(default_factory=dict)


class FakeGitHub:
    def __init__(self) -> None:
        self.repository = "octo-org/shop"
        self.token = "ghs_" + "t" * 36
        self.permissions = ALL
        self.viewer: tuple[str, int] | None = ("github-actions[bot]", 41898282)
        self.user_login: str | None = None
        self.prefix = ""
        self.clock = datetime(2026, 11, 1, tzinfo=UTC)
        self.comments: dict[int, dict[str, Any]] = {}
        self.minimized: set[str] = set()
        self.checks: dict[int, dict[str, Any]] = {}
        self.annotations: dict[int, list[dict[str, Any]]] = {}
        self.statuses: list[dict[str, Any]] = []
        self.pulls: dict[int, dict[str, Any]] = {}
        self.labels: dict[int, list[str]] = {}
        self.events: dict[int, list[dict[str, Any]]] = {}
        self.roles: dict[str, str] = {}
        self.locked: set[int] = set()
        self.merge_bases: dict[tuple[str, str], str] = {}
        self.artifacts: dict[int, list[tuple[str, bytes]]] = {}
        self.artifact_host: str | None = None
        self.runs: list[dict[str, Any]] = []
        self.reruns: list[int] = []
        self.faults: list[Fault] = []
        self.requests: list[Request] = []
        self.violations: list[str] = []
        self.tags: set[str] = set()
        self.unmodified: list[str] = []
        self.status_limit = 1000
        self.page_limit = 100
        self.lock = threading.RLock()
        self._next = 1000
        self.port = 0

    # -- what a test sets up ------------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}{self.prefix}"

    def tick(self) -> str:
        self.clock += timedelta(seconds=1)
        return self.clock.strftime("%Y-%m-%dT%H:%M:%SZ")

    def new_id(self) -> int:
        self._next += 1
        return self._next

    def person(self, login: str, number: int | None = None) -> dict[str, Any]:
        user: dict[str, Any] = example("issue-comment")["user"]
        identity = int(hashlib.sha256(login.encode()).hexdigest()[:7], 16) if number is None else number
        kind = "Bot" if login.endswith("[bot]") else "User"
        return user | {"login": login, "id": identity, "type": kind, "node_id": f"U_{identity}"}

    def add_pull(self, number: int, head: str, base: str = "b" * 40, *, author: str = "mallory", **more: Any) -> Any:
        pull = example("pull-request")
        pull["requested_teams"] = []
        pull |= {"number": number, "state": "open", "user": self.person(author), "labels": [], "locked": False}
        pull["head"] |= {"sha": head, "ref": more.pop("ref", "feature"), "label": f"{author}:feature"}
        pull["base"] |= {"sha": base, "ref": "main"}
        pull["base"]["repo"] |= {"full_name": self.repository, "language": None}
        pull["head"]["repo"] |= {"full_name": more.pop("head_repository", self.repository)}
        self.pulls[number] = pull | more
        self.labels.setdefault(number, [])
        return pull

    def add_comment(self, number: int, body: str, login: str = "mallory", user_id: int | None = None) -> int:
        comment = example("issue-comment")
        now = self.tick()
        comment_id = self.new_id()
        comment |= {
            "id": comment_id,
            "node_id": f"IC_{comment_id}",
            "url": f"{self.url}/repos/{self.repository}/issues/comments/{comment_id}",
            "html_url": f"https://github.com/{self.repository}/pull/{number}#issuecomment-{comment_id}",
            "issue_url": f"{self.url}/repos/{self.repository}/issues/{number}",
            "body": body,
            "user": self.person(login, user_id),
            "created_at": now,
            "updated_at": now,
            "author_association": "NONE",
        }
        self.comments[comment_id] = comment
        return comment_id

    def add_label(self, number: int, name: str, actor: str) -> None:
        self.labels.setdefault(number, []).append(name)
        event = example("issue-event-for-issue-items")[0]
        label = {"name": name, "color": "ededed"}
        event |= {"id": self.new_id(), "event": "labeled", "actor": self.person(actor), "label": label}
        event["created_at"] = self.tick()
        self.events.setdefault(number, []).append(event)

    def bodies(self, number: int = 7) -> list[str]:
        return [c["body"] for c in self.comments.values() if c["issue_url"].endswith(f"/{number}")]

    def count(self, method: str, part: str = "") -> int:
        return sum(r.method == method and part in r.path for r in self.requests)

    # -- answering ----------------------------------------------------------------------------------------------

    def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> tuple[int, Any, dict[str, str]]:
        if path == "/graphql" or path == "/api/graphql":
            return 200, self.graphql(body), {}
        found = contract.route(path)
        verb = method.lower()
        if found is None or verb not in contract.spec()["paths"][found[0]]:
            self.violations.append(f"{method} {path}: no such operation")
            return 404, {"message": "Not Found"}, {}
        template, values = found
        values = {name: unquote(value) for name, value in values.items()}
        errors = contract.request_errors(verb, template, query, body)
        self.violations += [f"{method} {path}: {error}" for error in errors]
        if errors:
            return 422, {"message": "Validation Failed", "errors": [{"message": e} for e in errors]}, {}
        if f"{values.get('owner')}/{values.get('repo')}" != self.repository and "owner" in values:
            return 404, {"message": "Not Found"}, {}
        try:
            status, answer, headers = HANDLERS[verb, template](self, values, query, body or {})
        except Refused as refused:
            status, answer, headers = refused.status, {"message": refused.message}, refused.headers
        wrong = contract.answer_errors(verb, template, status, answer)
        self.violations += [f"{method} {path}: our answer {status}: {error}" for error in wrong]
        return status, answer, headers

    def need(self, *any_of: str) -> None:
        for permission in any_of:
            name, _, level = permission.partition(": ")
            if f"{name}: write" in self.permissions or (level == "read" and permission in self.permissions):
                return
        raise Refused(403, DENIED)

    def page(self, items: list[Any], query: dict[str, str], path: str) -> tuple[list[Any], dict[str, str]]:
        size = min(int(query.get("per_page", "30")), self.page_limit)
        number = int(query.get("page", "1"))
        shown = items[(number - 1) * size : number * size]
        if len(items) <= number * size:
            return shown, {}
        following = urlencode(query | {"page": str(number + 1), "per_page": str(size)})
        return shown, {"Link": f'<{self.url}{path}?{following}>; rel="next"'}

    def graphql(self, body: Any) -> dict[str, Any]:
        query, variables = body["query"], body.get("variables", {})
        if "minimizeComment" in query:
            subject = variables["input"]["subjectId"]
            if "pull-requests: write" not in self.permissions:
                return {"data": None, "errors": [{"type": "FORBIDDEN", "message": DENIED}]}
            if not any(c["node_id"] == subject for c in self.comments.values()):
                return {"data": None, "errors": [{"type": "NOT_FOUND", "message": "Could not resolve to a node"}]}
            self.minimized.add(subject)
            return {"data": {"minimizeComment": {"minimizedComment": {"isMinimized": True}}}}
        if "viewer" in query:
            if self.viewer is None:
                return {"data": None, "errors": [{"type": "FORBIDDEN", "message": DENIED}]}
            return {"data": {"viewer": {"login": self.viewer[0], "databaseId": self.viewer[1]}}}
        self.violations.append(f"graphql: unknown query {query[:80]}")
        return {"errors": [{"message": "unknown query"}]}

    def find_fault(self, method: str, path: str) -> Fault | None:
        for fault in self.faults:
            if fault.times > 0 and fault.method in (method, "*") and re.search(fault.path, path):
                fault.times -= 1
                return fault
        return None


Answer = tuple[int, Any, dict[str, str]]
Handler = Callable[[FakeGitHub, dict[str, str], dict[str, str], dict[str, Any]], Answer]
HANDLERS: dict[tuple[str, str], Handler] = {}


def on(verb: str, template: str) -> Callable[[Handler], Handler]:
    def keep(handler: Handler) -> Handler:
        HANDLERS[verb, template] = handler
        return handler

    return keep


@on("get", "/user")
def _user(hub: FakeGitHub, v: dict[str, str], q: dict[str, str], b: dict[str, Any]) -> Answer:
    if hub.user_login is None:
        raise Refused(403, DENIED)
    user = example("private-user-response-with-public-profile-information")
    return 200, user | {"login": hub.user_login, "id": hub.person(hub.user_login)["id"]}, {}


@on("get", R)
def _repository(hub: FakeGitHub, v: dict[str, str], q: dict[str, str], b: dict[str, Any]) -> Answer:
    repository = example("full-repository-default-response") | {"language": None, "full_name": hub.repository}
    repository["source"]["language"] = repository["parent"]["language"] = None
    return 200, repository, {}


@on("get", f"{R}/pulls")
def _pulls(hub: FakeGitHub, v: dict[str, str], q: dict[str, str], b: dict[str, Any]) -> Answer:
    hub.need("pull-requests: read")
    wanted = q.get("head", "")
    simple = []
    for number, pull in hub.pulls.items():
        owner = pull["head"]["repo"]["full_name"].partition("/")[0] if pull["head"]["repo"] else ""
        if pull["state"] != q.get("state", "open") or wanted not in ("", f"{owner}:{pull['head']['ref']}"):
            continue
        one = example("pull-request-simple-items")[0] | {"number": number, "requested_teams": []}
        one |= {"user": pull["user"], "state": pull["state"], "url": f"{hub.url}/repos/{hub.repository}/pulls/{number}"}
        one["head"] |= {"sha": pull["head"]["sha"], "ref": pull["head"]["ref"]}
        one["base"] |= {"sha": pull["base"]["sha"], "ref": pull["base"]["ref"]}
        simple.append(one)
    shown, headers = hub.page(simple, q, f"/repos/{hub.repository}/pulls")
    return 200, shown, headers


@on("get", f"{R}/pulls/{{pull_number}}")
def _pull(hub: FakeGitHub, v: dict[str, str], q: dict[str, str], b: dict[str, Any]) -> Answer:
    hub.need("pull-requests: read")
    number = int(v["pull_number"])
    if number not in hub.pulls:
        raise Refused(404, "Not Found")
    return 200, hub.pulls[number] | {"url": f"{hub.url}/repos/{hub.repository}/pulls/{number}"}, {}


@on("get", f"{R}/issues/{{issue_number}}")
def _issue(hub: FakeGitHub, v: dict[str, str], q: dict[str, str], b: dict[str, Any]) -> Answer:
    hub.need("pull-requests: read")
    return 200, example("issue") | {"number": int(v["issue_number"])}, {}


def _open_for_comments(hub: FakeGitHub, number: int, body: str) -> None:
    hub.need("pull-requests: write", "issues: write")
    if number not in hub.pulls:
        raise Refused(404, "Not Found")
    if number in hub.locked:
        raise Refused(403, "Unable to create comment because issue is locked.")
    _body_fits(body)


def _body_fits(body: str) -> None:
    if len(body) > 65536 or len(body.encode()) > 262144:
        raise Refused(422, "Validation Failed: body is too long (maximum is 65536 characters)")


@on("get", f"{R}/issues/{{issue_number}}/comments")
def _comments(hub: FakeGitHub, v: dict[str, str], q: dict[str, str], b: dict[str, Any]) -> Answer:
    hub.need("pull-requests: read")
    number = v["issue_number"]
    mine = [c for c in hub.comments.values() if c["issue_url"].endswith(f"/issues/{number}")]
    shown, headers = hub.page(mine, q, f"/repos/{hub.repository}/issues/{number}/comments")
    return 200, shown, headers


@on("post", f"{R}/issues/{{issue_number}}/comments")
def _new_comment(hub: FakeGitHub, v: dict[str, str], q: dict[str, str], b: dict[str, Any]) -> Answer:
    number = int(v["issue_number"])
    _open_for_comments(hub, number, b["body"])
    login, user_id = hub.viewer or (hub.user_login or "github-actions[bot]", 41898282)
    return 201, hub.comments[hub.add_comment(number, b["body"], login, user_id)], {}


def _comment_of(hub: FakeGitHub, v: dict[str, str]) -> dict[str, Any]:
    comment = hub.comments.get(int(v["comment_id"]))
    if comment is None:
        raise Refused(404, "Not Found")
    return comment


@on("get", f"{R}/issues/comments/{{comment_id}}")
def _comment(hub: FakeGitHub, v: dict[str, str], q: dict[str, str], b: dict[str, Any]) -> Answer:
    hub.need("pull-requests: read")
    return 200, _comment_of(hub, v), {}


@on("patch", f"{R}/issues/comments/{{comment_id}}")
def _edit_comment(hub: FakeGitHub, v: dict[str, str], q: dict[str, str], b: dict[str, Any]) -> Answer:
    hub.need("pull-requests: write", "issues: write")
    comment = _comment_of(hub, v)
    _body_fits(b["body"])
    comment |= {"body": b["body"], "updated_at": hub.tick()}
    return 200, comment, {}


@on("delete", f"{R}/issues/comments/{{comment_id}}")
def _delete_comment(hub: FakeGitHub, v: dict[str, str], q: dict[str, str], b: dict[str, Any]) -> Answer:
    hub.need("pull-requests: write", "issues: write")
    del hub.comments[_comment_of(hub, v)["id"]]
    return 204, None, {}


def _label_items(hub: FakeGitHub, number: int) -> list[Any]:
    seed = example("label-items")[0]
    return [seed | {"name": name, "id": i + 1} for i, name in enumerate(hub.labels.get(number, []))]


@on("get", f"{R}/issues/{{issue_number}}/labels")
def _labels(hub: FakeGitHub, v: dict[str, str], q: dict[str, str], b: dict[str, Any]) -> Answer:
    hub.need("pull-requests: read")
    return 200, _label_items(hub, int(v["issue_number"])), {}


@on("post", f"{R}/issues/{{issue_number}}/labels")
def _add_labels(hub: FakeGitHub, v: dict[str, str], q: dict[str, str], b: dict[str, Any]) -> Answer:
    hub.need("pull-requests: write", "issues: write")
    names = hub.labels.setdefault(int(v["issue_number"]), [])
    given = b.get("labels", []) if isinstance(b, dict) else b
    names += [name for name in given if name not in names]
    return 200, _label_items(hub, int(v["issue_number"])), {}


@on("delete", f"{R}/issues/{{issue_number}}/labels/{{name}}")
def _remove_label(hub: FakeGitHub, v: dict[str, str], q: dict[str, str], b: dict[str, Any]) -> Answer:
    hub.need("pull-requests: write", "issues: write")
    names = hub.labels.get(int(v["issue_number"]), [])
    if v["name"] not in names:
        raise Refused(404, "Label does not exist")
    names.remove(v["name"])
    return 200, _label_items(hub, int(v["issue_number"])), {}


@on("get", f"{R}/issues/{{issue_number}}/events")
def _events(hub: FakeGitHub, v: dict[str, str], q: dict[str, str], b: dict[str, Any]) -> Answer:
    hub.need("pull-requests: read")
    number = int(v["issue_number"])
    shown, headers = hub.page(hub.events.get(number, []), q, f"/repos/{hub.repository}/issues/{number}/events")
    return 200, shown, headers


def _check_fits(output: dict[str, Any]) -> None:
    if len(output.get("title", "")) > 255:
        raise Refused(422, "title is too long")
    for one in output.get("annotations", []):
        columns = "start_column" in one or "end_column" in one
        if one["path"].startswith("/") or not one["path"] or one["start_line"] < 1:
            raise Refused(422, f"annotation outside the repository: {one['path']}:{one['start_line']}")
        if one["end_line"] < one["start_line"] or (columns and one["start_line"] != one["end_line"]):
            raise Refused(422, "annotation ends before it begins")
        if len(one["message"].encode()) > 64 * 1024 or len(one.get("title", "")) > 255 or not one["message"]:
            raise Refused(422, "annotation too long or empty")


def _merge_check(hub: FakeGitHub, check: dict[str, Any], b: dict[str, Any]) -> None:
    if b.get("status") == "completed" and "conclusion" not in b:
        raise Refused(422, "conclusion is required when completed")
    output = b.get("output", {})
    _check_fits(output)
    hub.annotations.setdefault(check["id"], []).extend(output.get("annotations", []))
    check |= {k: b[k] for k in ("name", "head_sha", "external_id", "status", "conclusion", "details_url") if k in b}
    if b.get("conclusion"):
        check |= {"status": "completed", "completed_at": hub.tick()}
    shown = {k: output[k] for k in ("title", "summary", "text") if k in output}
    check["output"] |= shown | {"annotations_count": len(hub.annotations[check["id"]])}


@on("post", f"{R}/check-runs")
def _new_check(hub: FakeGitHub, v: dict[str, str], q: dict[str, str], b: dict[str, Any]) -> Answer:
    hub.need("checks: write")
    check = example("check-run")
    check_id = hub.new_id()
    url = f"{hub.url}/repos/{hub.repository}/check-runs/{check_id}"
    check |= {"id": check_id, "status": "queued", "conclusion": None, "completed_at": None, "url": url}
    check |= {"external_id": "", "html_url": f"https://github.com/{hub.repository}/runs/{check_id}"}
    check["app"] |= {"slug": "github-actions"}
    check["output"] = {"title": None, "summary": None, "text": None, "annotations_count": 0, "annotations_url": url}
    _merge_check(hub, check, b)
    hub.checks[check_id] = check
    return 201, check, {}


@on("get", f"{R}/check-runs/{{check_run_id}}")
def _check(hub: FakeGitHub, v: dict[str, str], q: dict[str, str], b: dict[str, Any]) -> Answer:
    hub.need("checks: read")
    return 200, hub.checks[int(v["check_run_id"])], {}


@on("patch", f"{R}/check-runs/{{check_run_id}}")
def _edit_check(hub: FakeGitHub, v: dict[str, str], q: dict[str, str], b: dict[str, Any]) -> Answer:
    hub.need("checks: write")
    check = hub.checks[int(v["check_run_id"])]
    _merge_check(hub, check, b)
    return 200, check, {}


@on("get", f"{R}/check-runs/{{check_run_id}}/annotations")
def _annotations(hub: FakeGitHub, v: dict[str, str], q: dict[str, str], b: dict[str, Any]) -> Answer:
    hub.need("checks: read")
    number = int(v["check_run_id"])
    seed = example("check-annotation-items")[0]
    items = [seed | {"start_column": None, "end_column": None} | one for one in hub.annotations.get(number, [])]
    shown, headers = hub.page(items, q, f"/repos/{hub.repository}/check-runs/{number}/annotations")
    return 200, shown, headers


@on("get", f"{R}/commits/{{ref}}/check-runs")
def _checks(hub: FakeGitHub, v: dict[str, str], q: dict[str, str], b: dict[str, Any]) -> Answer:
    hub.need("checks: read")
    name = q.get("check_name")
    found = [c for c in hub.checks.values() if c["head_sha"] == v["ref"] and name in (None, c["name"])]
    shown, headers = hub.page(found, q, f"/repos/{hub.repository}/commits/{v['ref']}/check-runs")
    return 200, {"total_count": len(found), "check_runs": shown}, headers


@on("post", f"{R}/statuses/{{sha}}")
def _status(hub: FakeGitHub, v: dict[str, str], q: dict[str, str], b: dict[str, Any]) -> Answer:
    hub.need("statuses: write")
    if len(b.get("description") or "") > 140:
        raise Refused(422, "description is too long (maximum is 140 characters)")
    same = [s for s in hub.statuses if s["sha"] == v["sha"] and s["context"] == b.get("context", "default")]
    if len(same) >= hub.status_limit:
        raise Refused(422, "This SHA and context has reached the maximum number of statuses.")
    given = ("state", "description", "context", "target_url")
    status = example("status") | {"target_url": None} | {k: b[k] for k in given if k in b}
    hub.statuses.append(status | {"sha": v["sha"]})
    return 201, status, {}


@on("get", f"{R}/commits/{{ref}}/statuses")
def _statuses(hub: FakeGitHub, v: dict[str, str], q: dict[str, str], b: dict[str, Any]) -> Answer:
    hub.need("statuses: read")
    found = [{k: x for k, x in s.items() if k != "sha"} for s in reversed(hub.statuses) if s["sha"] == v["ref"]]
    shown, headers = hub.page(found, q, f"/repos/{hub.repository}/commits/{v['ref']}/statuses")
    return 200, shown, headers


@on("get", f"{R}/collaborators/{{username}}/permission")
def _permission(hub: FakeGitHub, v: dict[str, str], q: dict[str, str], b: dict[str, Any]) -> Answer:
    role = hub.roles.get(v["username"], "read")
    permission = {"maintain": "write", "triage": "read"}.get(role, role)
    return 200, {"permission": permission, "role_name": role, "user": None}, {}


@on("get", f"{R}/compare/{{basehead}}")
def _compare(hub: FakeGitHub, v: dict[str, str], q: dict[str, str], b: dict[str, Any]) -> Answer:
    hub.need("contents: read")
    base, _, head = v["basehead"].partition("...")
    if (base, head) not in hub.merge_bases:
        raise Refused(404, "Not Found")
    answer = example("commit-comparison")
    answer["merge_base_commit"]["sha"] = hub.merge_bases[base, head]
    return 200, answer, {}


@on("get", f"{R}/actions/runs")
def _runs(hub: FakeGitHub, v: dict[str, str], q: dict[str, str], b: dict[str, Any]) -> Answer:
    hub.need("actions: read")
    seed = example("workflow-run-paginated")["workflow_runs"][0]
    at = f"{hub.url}/repos/{hub.repository}/actions/runs"
    found = [
        seed | run | {"url": f"{at}/{run['id']}"} for run in hub.runs if q.get("head_sha") in (None, run["head_sha"])
    ]
    found = [run for run in found if q.get("event") in (None, run["event"])]
    shown, headers = hub.page(found, q, f"/repos/{hub.repository}/actions/runs")
    return 200, {"total_count": len(found), "workflow_runs": shown}, headers


@on("get", f"{R}/actions/runs/{{run_id}}")
def _run(hub: FakeGitHub, v: dict[str, str], q: dict[str, str], b: dict[str, Any]) -> Answer:
    hub.need("actions: read")
    seed = example("workflow-run-paginated")["workflow_runs"][0]
    url = f"{hub.url}/repos/{hub.repository}/actions/runs/{v['run_id']}"
    known = {"id": int(v["run_id"]), "url": url, "artifacts_url": f"{url}/artifacts"}
    return 200, seed | known, {}


@on("get", f"{R}/actions/runs/{{run_id}}/artifacts")
def _artifacts(hub: FakeGitHub, v: dict[str, str], q: dict[str, str], b: dict[str, Any]) -> Answer:
    hub.need("actions: read")
    seed = example("artifact-paginated")["artifacts"][0]
    run = int(v["run_id"])
    found = [
        seed
        | {"id": run * 10 + i, "name": name, "size_in_bytes": len(data), "expired": False}
        | {"archive_download_url": f"{hub.url}/repos/{hub.repository}/actions/artifacts/{run * 10 + i}/zip"}
        for i, (name, data) in enumerate(hub.artifacts.get(run, []))
    ]
    found = [a for a in found if q.get("name") in (None, a["name"])]
    shown, headers = hub.page(found, q, f"/repos/{hub.repository}/actions/runs/{run}/artifacts")
    return 200, {"total_count": len(found), "artifacts": shown}, headers


@on("get", f"{R}/actions/artifacts/{{artifact_id}}/{{archive_format}}")
def _artifact(hub: FakeGitHub, v: dict[str, str], q: dict[str, str], b: dict[str, Any]) -> Answer:
    hub.need("actions: read")
    host = hub.artifact_host or f"http://localhost:{hub.port}"
    return 302, None, {"Location": f"{host}/blob/{v['artifact_id']}"}


@on("post", f"{R}/actions/runs/{{run_id}}/rerun-failed-jobs")
def _rerun(hub: FakeGitHub, v: dict[str, str], q: dict[str, str], b: dict[str, Any]) -> Answer:
    hub.need("actions: write")
    hub.reruns.append(int(v["run_id"]))
    return 201, {}, {}


class _Http(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:
        del format, args

    def _handle(self) -> None:
        hub = self.server.hub
        length = int(self.headers.get("Content-Length") or 0)
        raw = self.rfile.read(length)
        parts = urlsplit(self.path)
        authorization = self.headers.get("Authorization", "")
        with hub.lock:
            if parts.path.startswith("/blob/"):
                self._blob(hub, parts.path, authorization)
                return
            path = parts.path.removeprefix(hub.prefix)
            query = dict(parse_qsl(parts.query, keep_blank_values=True))
            body = json.loads(raw) if raw else None
            fault = hub.find_fault(self.command, path)
            if fault is not None and not fault.after:
                status, answer, headers = fault.status, None, dict(fault.headers)
            elif authorization.split(" ")[-1] != hub.token:
                status, answer, headers = 401, {"message": "Bad credentials"}, {}
            else:
                status, answer, headers = hub.answer(self.command, path, query, body)
            if fault is not None:
                status, headers = fault.status, dict(fault.headers)
            hub.requests.append(Request(self.command, path, query, body, authorization, status))
        if fault is not None and fault.drop:
            self.close_connection = True
            return
        data = fault.body if fault is not None else (b"" if answer is None else json.dumps(answer).encode())
        self._send(status, data, headers, "text/html" if fault is not None and data[:1] == b"<" else "application/json")

    def _blob(self, hub: FakeGitHub, path: str, authorization: str) -> None:
        number = int(path.rsplit("/", 1)[1])
        hub.requests.append(Request(self.command, path, {}, None, authorization, 200))
        if authorization:
            hub.violations.append("the token was sent to the storage host")
        self._send(200, hub.artifacts[number // 10][number % 10][1], {}, "application/zip")

    def _send(self, status: int, data: bytes, headers: dict[str, str], kind: str) -> None:
        tag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
        wanted = self.headers.get("If-None-Match")
        hub = self.server.hub
        with hub.lock:
            if wanted is not None and (self.command != "GET" or wanted not in hub.tags):
                hub.violations.append(f"{self.command} {self.path}: If-None-Match {wanted} is no tag of ours")
            hub.tags.add(tag)
            if self.command == "GET" and status == 200 and wanted == tag:
                status, data = 304, b""
                hub.unmodified.append(urlsplit(self.path).path)
        self.send_response(status)
        for name, value in {"Content-Type": kind, "ETag": tag, **headers}.items():
            self.send_header(name, value)
        if status not in (204, 304):
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if status not in (204, 304):
            self.wfile.write(data)
        self.wfile.flush()

    do_GET = do_POST = do_PATCH = do_DELETE = do_PUT = _handle


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    hub: FakeGitHub


@contextmanager
def running(hub: FakeGitHub) -> Iterator[FakeGitHub]:
    server = _Server(("127.0.0.1", 0), _Http)
    server.hub = hub
    hub.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def primary_limit() -> dict[str, str]:
    """Headers of a used-up hourly allowance."""
    return {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(time.time()) + 3000)}
