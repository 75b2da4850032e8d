"""Style sheets and scripts under an address that holds their content's hash, so that browsers may keep them."""

import hashlib
from mimetypes import guess_type
from pathlib import Path

from fastapi import Request
from starlette.responses import Response

from hub.domain.errors import NotFound

ROOT = Path(__file__).parent / "static"
TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
SERVED = frozenset(TYPES)


class Static:
    """All files that pages ask for, read once at the start."""

    def __init__(self, root: Path = ROOT) -> None:
        self._files: dict[str, tuple[bytes, str]] = {}
        self._urls: dict[str, str] = {}
        for path in sorted(root.rglob("*")):
            if path.suffix not in SERVED:
                continue
            name, data = path.relative_to(root).as_posix(), path.read_bytes()
            digest = hashlib.sha256(data).hexdigest()[:16]
            kind = TYPES.get(path.suffix) or guess_type(path.name)[0] or "application/octet-stream"
            self._files[f"{digest}/{name}"] = (data, kind)
            self._urls[name] = f"/static/{digest}/{name}"

    def url(self, name: str) -> str:
        """Where a file is served; a name that is not there is a fault of the template."""
        return self._urls[name]

    def answer(self, path: str) -> Response:
        """The file at `<hash>/<name>`; raises NotFound for any other hash, so that an old page never mixes versions."""
        if path not in self._files:
            raise NotFound("no such file")
        data, kind = self._files[path]
        return Response(data, media_type=kind, headers={"Cache-Control": "public, max-age=31536000, immutable"})


def static_file(request: Request, path: str) -> Response:
    """Public: a style sheet or script."""
    static: Static = request.app.state.static
    return static.answer(path)
