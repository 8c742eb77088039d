"""What eark-validator (PyPI) says of packages: one JSON report a line, as its own command prints them.

Usage: PYTHON-WITH-EARK-VALIDATOR eark_says.py PACKAGE…
The validator fetches four vocabularies when it is loaded, although it has them with it: here it is given its own, so that a
test needs no network.
"""

import importlib.util
import pathlib
import sys
import urllib.request

OWN = pathlib.Path(importlib.util.find_spec("eark_validator").origin).parent / "ipxml/resources/vocabs"


def given(url, *_):
    return (OWN / url.rsplit("/", 1)[1]).open("rb")


urllib.request.urlopen = given

from eark_validator.packages import PackageValidator  # noqa: E402  (after the line above)

for path in sys.argv[1:]:
    print(PackageValidator(pathlib.Path(path)).validation_report.model_dump_json())
