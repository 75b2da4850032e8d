"""Takes the style sheet and script of GOV.UK Frontend out of its npm archive, without what a partnership may not use.

Run by a maintainer: `python -m hub.web.vendor govuk-frontend-6.6.0.tgz` (from `npm pack govuk-frontend@6.6.0`). The
font GDS Transport, the crown, the crest, and every image are reserved to GOV.UK, so they never enter `static/vendor/`;
`manifest.json` lists what did, by size and SHA-256, and a test compares it with the files.
"""

import hashlib
import json
import re
import sys
import tarfile
from pathlib import Path

VENDOR = Path(__file__).parent / "static" / "vendor"
NAME, VERSION = "govuk-frontend", "6.6.0"
TAKEN = ("package/dist/govuk/govuk-frontend.min.css", "package/dist/govuk/govuk-frontend.min.js")
LICENCE = f"""{NAME} {VERSION}: the MIT License (MIT)

Copyright (C) 2017 Crown Copyright (Government Digital Service)

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.

Changed here: the fonts GDS Transport, images and source-map comments were taken out (hub/web/vendor.py).
"""


class CannotVendor(Exception):
    """The archive is not what this script knows how to strip; look at what changed before taking it in."""


def strip(style: str) -> str:
    """The style sheet without the reserved font, the crest and the source map; raises CannotVendor if any remains."""
    style = re.sub(r"/\*! Copyright \(c\) 2011 by Margaret Calvert.*?\*/", "", style, flags=re.DOTALL)
    style = re.sub(r"@font-face\{[^}]*\}", "", style)
    style = style.replace("GDS Transport,arial,sans-serif", "arial,sans-serif")
    style = re.sub(r"url\(/assets/images/govuk-crest\.svg\)", "none", style)
    style = re.sub(r"/\*# sourceMappingURL=.*?\*/", "", style)
    left = [mark for mark in ("GDS Transport", "url(", "crest.svg", "sourceMappingURL") if mark in style]
    if left:
        raise CannotVendor(f"still in the style sheet: {', '.join(left)}")
    return style.strip() + "\n"


def take(archive: Path, into: Path) -> dict[str, dict[str, int | str]]:
    """Write the stripped files, the licence and the manifest into `into`; returns the manifest's files."""
    into.mkdir(parents=True, exist_ok=True)
    with tarfile.open(archive) as packed:
        texts = {}
        for name in TAKEN:
            member = packed.extractfile(name)
            if member is None:
                raise CannotVendor(f"{archive.name} has no {name}")
            texts[Path(name).name] = member.read().decode("utf-8")
    script = re.sub(r"//# sourceMappingURL=\S+", "", texts["govuk-frontend.min.js"]).strip() + "\n"
    if f'version="{VERSION}"' not in script:
        raise CannotVendor(f"{archive.name} is not {NAME} {VERSION}")
    out = {
        "govuk-frontend.min.css": strip(texts["govuk-frontend.min.css"]),
        "govuk-frontend.min.js": script,
        "LICENSE-govuk-frontend.txt": LICENCE,
    }
    files: dict[str, dict[str, int | str]] = {}
    for name, text in sorted(out.items()):
        data = text.encode("utf-8")
        (into / name).write_bytes(data)
        files[name] = {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    manifest = {"package": NAME, "version": VERSION, "licence": "MIT", "files": files}
    (into / "manifest.json").write_text(json.dumps(manifest, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return files


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m hub.web.vendor govuk-frontend-6.6.0.tgz")
    take(Path(sys.argv[1]), VENDOR)
