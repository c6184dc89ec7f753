"""GET / and /page/...: the studio, a page of plain files out of the package, each under the one name it was packed with.

The files are read once. A request names one of them or gets a 404: no path is ever put together, so there is none to trick.
"""

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable

from fastapi import APIRouter, Request, Response

from foretaste.serve.problems import Refused

router = APIRouter(include_in_schema=False)
INDEX = "index.html"
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
"""What is served, by the end of its name; anything else in the folder is not."""
CACHE = "no-cache"
"""Kept by the browser and asked about each time: a page never runs with the modules of another version."""


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


def _walk(folder: Traversable, prefix: str) -> list[tuple[str, Packed]]:
    """Return the files of a folder and of those in it."""
    out: list[tuple[str, Packed]] = []
    for entry in folder.iterdir():
        suffix = entry.name[entry.name.rfind(".") :]
        if entry.is_dir():
            out += _walk(entry, f"{prefix}{entry.name}/")
        elif suffix in TYPES:
            body = entry.read_bytes()
            out.append((prefix + entry.name, Packed(body, TYPES[suffix], f'"{sha256(body).hexdigest()[:32]}"')))
    return out


@router.api_route("/", methods=["GET", "HEAD"])
async def page(request: Request) -> Response:
    """Send the page."""
    return _sent(request, packed_files()[INDEX])


@router.api_route("/page/{name:path}", methods=["GET", "HEAD"])
async def page_file(request: Request, name: str) -> Response:
    """Send a file of the page.

    Raises:
        Refused: There is none of this name.
    """
    file = packed_files().get(name)
    if file is None:
        raise Refused(404, f"the page has no file {name[:200]!r}")
    return _sent(request, file)


def _sent(request: Request, file: Packed) -> Response:
    """Return a file, or that the browser's copy is still the same."""
    headers = {"ETag": file.tag, "Cache-Control": CACHE}
    known = {tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")}
    if file.tag in known:
        return Response(status_code=304, headers=headers)
    return Response(file.body, media_type=file.kind, headers=headers)
