"""Prints what is shipped as a bill of materials, in CycloneDX 1.5: `make sbom` puts it into dist/sbom.json."""

import json
import sys
from collections.abc import Sequence
from importlib import metadata
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from docs.shipped import Library, list_shipped, read_needs

_SPEC = "1.5"


def describe(libraries: Sequence[Library]) -> dict[str, Any]:
    """The same for the same libraries, so that two can be compared."""
    version = metadata.version("stockbell")
    own = f"pkg:pypi/stockbell@{version}"
    refs = {one.name: _purl(one) for one in libraries}
    direct = {name for name in read_needs("stockbell") if name in refs}
    body = {
        "bomFormat": "CycloneDX",
        "specVersion": _SPEC,
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": own,
                "name": "stockbell",
                "version": version,
                "purl": own,
                "licenses": [{"license": {"id": "MIT"}}],
            }
        },
        "components": [
            {
                "type": "library",
                "bom-ref": refs[one.name],
                "name": one.name,
                "version": one.version,
                "purl": refs[one.name],
                "licenses": [{"expression": one.licence}],
            }
            for one in libraries
        ],
        "dependencies": [
            {"ref": own, "dependsOn": sorted(refs[name] for name in direct)},
            *(
                {"ref": refs[one.name], "dependsOn": sorted(refs[name] for name in one.needs if name in refs)}
                for one in libraries
            ),
        ],
    }
    number = uuid5(NAMESPACE_URL, json.dumps(body, sort_keys=True))
    return {"serialNumber": f"urn:uuid:{number}", **body}


def _purl(library: Library) -> str:
    return f"pkg:{library.registry}/{library.name}@{library.version}"


def main() -> None:
    sys.stdout.write(json.dumps(describe(list_shipped()), indent=2) + "\n")


if __name__ == "__main__":
    main()
