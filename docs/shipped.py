"""What is shipped beside our own code: the libraries of `requirements.lock`, each with its version and its licence."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
LOCK = ROOT / "requirements.lock"

#: What may be shipped with a program under the MIT licence; whoever passes it on keeps its notice.
#: The last two ask, too, that who gets it may replace it, which a library in Python can be.
KNOWN = frozenset(
    {
        "0BSD",
        "Apache-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "CC0-1.0",
        "ISC",
        "MIT",
        "MIT-CMU",
        "PSF-2.0",
        "Zlib",
        "LGPL-3.0-only",
        "MPL-2.0",
    }
)

#: What older packages say in their classifiers, in the words of today.
_CLASSIFIERS = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "GNU Lesser General Public License v3 (LGPLv3)": "LGPL-3.0-only",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
#: What joins two licences in an expression.
_JOINTS = re.compile(r"\s+(?:AND|OR|WITH)\s+|[()]")


#: What lies in the package itself, as it was published elsewhere: its script, and what of its text tells the version.
VENDORED = ROOT / "bot" / "web" / "page" / "static" / "uPlot.iife.min.js"
_VENDORED_VERSION = re.compile(r"\(v(\d+(?:\.\d+)+)\)")


class UnknownLicence(LookupError):
    """A library that is shipped says nothing of its licence that is known here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """One distribution as it is installed."""

    name: str
    version: str
    #: An expression of SPDX.
    licence: str
    #: The names of those that it needs, whatever the system.
    needs: tuple[str, ...]
    #: Where it was published.
    registry: str = "pypi"


def list_shipped() -> list[Library]:
    """All that are installed on this system for the program; those for other systems alone are left out."""
    return [*_read_lock(), read_vendored()]


def read_vendored() -> Library:
    """The script of the page's curves, by its own first lines."""
    version = _VENDORED_VERSION.search(VENDORED.read_text(encoding="utf-8")[:200])
    licence = VENDORED.with_name("uPlot.LICENSE").read_text(encoding="utf-8")
    if version is None or "MIT License" not in licence:
        raise UnknownLicence("uPlot says nothing of its version or its licence")
    return Library(name="uplot", version=version[1], licence="MIT", needs=(), registry="npm")


def _read_lock() -> Iterator[Library]:
    for line in LOCK.read_text(encoding="utf-8").splitlines():
        if line.startswith((" ", "#")) or not line.strip():
            continue
        requirement = Requirement(line.partition("\\")[0].strip())
        if requirement.marker is None or requirement.marker.evaluate():
            yield read_library(requirement.name)


def read_library(name: str) -> Library:
    """What the installed distribution says of itself.

    Raises:
        UnknownLicence: its licence is none that is known here.
    """
    about = metadata.metadata(name)
    return Library(
        name=canonicalize_name(name),
        version=metadata.version(name),
        licence=_licence_of(name, about),
        needs=read_needs(name),
    )


def read_needs(name: str) -> tuple[str, ...]:
    """Whatever it may need, on any system and with any extra."""
    return tuple(sorted({canonicalize_name(Requirement(one).name) for one in metadata.requires(name) or ()}))


def _licence_of(name: str, about: metadata.PackageMetadata) -> str:
    classifiers = [
        one.rpartition(" :: ")[2] for one in about.get_all("Classifier") or () if one.startswith("License ::")
    ]
    by_classifier = " OR ".join(sorted({_CLASSIFIERS[one] for one in classifiers if one in _CLASSIFIERS}))
    said_itself = [one for field in ("License-Expression", "License") for one in about.get_all(field) or ()]
    for said in (*said_itself, by_classifier):
        if said and all(one in KNOWN for one in _JOINTS.split(str(said)) if one):
            return str(said)
    raise UnknownLicence(f"{name} says nothing of its licence that is known: {classifiers}")


def print_licences() -> Iterator[str]:
    yield "| library | licence |"
    yield "|---|---|"
    for one in list_shipped():
        yield f"| {one.name} | {one.licence} |"
