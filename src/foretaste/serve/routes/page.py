"""GET / and /page/...: the studio, a page of plain files out of the package, each under the one name it was packed with.

The files are read once. A request names one of them or gets a 404: no path is ever put together, so there is none to trick.
The page loads its parts from /page/VERSION/, where the version is made of all of them: a browser keeps those for good, and
never runs parts of different versions together.
"""

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable

from fastapi import APIRouter, Request, Response

from foretaste.serve.wire.problems import Refused

router = APIRouter(include_in_schema=False)
INDEX = "index.html"
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
"""What is served, by the end of its name; anything else in the folder is not."""
ASKED, KEPT = "no-cache", "public, max-age=31536000, immutable"
"""What is under its plain name is asked about each time; what is under its version does not change."""


@dataclass(frozen=True)
class Packed:
    """A file as it is sent.

    Args:
        body: What is in it.
        kind: Content type.
        tag: Entity tag, quoted, from the content.
    """

    body: bytes
    kind: str
    tag: str


@cache
def packed_files() -> dict[str, Packed]:
    """Return the files of the page by their name under /page/."""
    return dict(_walk(files("foretaste.serve").joinpath("page"), ""))


@cache
def page_version() -> str:
    """Return what changes with any of the files, 16 hex digits."""
    whole = sha256()
    for name, file in sorted(packed_files().items()):
        whole.update(f"{name}\0{file.tag}\n".encode())
    return whole.hexdigest()[:16]


@cache
def _start() -> Packed:
    """Return the page, with what it loads under its version."""
    body = packed_files()[INDEX].body.replace(b'"page/', f'"page/{page_version()}/'.encode())
    return _packed(body, INDEX)


def _walk(folder: Traversable, prefix: str) -> list[tuple[str, Packed]]:
    """Return the files of a folder and of those in it."""
    out: list[tuple[str, Packed]] = []
    for entry in folder.iterdir():
        suffix = entry.name[entry.name.rfind(".") :]
        if entry.is_dir():
            out += _walk(entry, f"{prefix}{entry.name}/")
        elif suffix in TYPES:
            out.append((prefix + entry.name, _packed(entry.read_bytes(), entry.name)))
    return out


def _packed(body: bytes, name: str) -> Packed:
    return Packed(body, TYPES[name[name.rfind(".") :]], f'"{sha256(body).hexdigest()[:32]}"')


@router.api_route("/", methods=["GET", "HEAD"])
async def page(request: Request) -> Response:
    """Send the page."""
    return _sent(request, _start(), ASKED)


@router.api_route("/page/{name:path}", methods=["GET", "HEAD"])
async def page_file(request: Request, name: str) -> Response:
    """Send a file of the page.

    Raises:
        Refused: There is none of this name.
    """
    version, _, rest = name.partition("/")
    current = version == page_version()
    file = packed_files().get(rest if current else name)
    if file is None:
        raise Refused(404, f"the page has no file {name[:200]!r}")
    return _sent(request, file, KEPT if current else ASKED)


def _sent(request: Request, file: Packed, keeping: str) -> Response:
    """Return a file, or that the browser's copy is still the same."""
    headers = {"ETag": file.tag, "Cache-Control": keeping}
    known = {tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")}
    if file.tag in known:
        return Response(status_code=304, headers=headers)
    return Response(file.body, media_type=file.kind, headers=headers)
