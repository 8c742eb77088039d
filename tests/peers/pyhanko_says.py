"""What pyHanko says of the mathematics of each signature: `python pyhanko_says.py FILE…`, one line of JSON per file.

`signatures`: byteRange, intact (the digest) and valid (the value); an `error` where pyHanko refuses to say."""

import io
import json
import logging
import sys
from pathlib import Path

from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature, validate_pdf_timestamp
from pyhanko_certvalidator import ValidationContext

logging.disable(logging.CRITICAL)


def judged(signature):
    said = {"byteRange": [int(number) for number in signature.byte_range]}
    stamp = signature.sig_object.get("/Type") == "/DocTimeStamp"
    try:
        context = ValidationContext(trust_roots=[], allow_fetching=False)
        if stamp:
            status = validate_pdf_timestamp(signature, context)
        else:
            status = validate_pdf_signature(signature, context, skip_diff=True)
        return said | {"intact": status.intact, "valid": status.valid}
    except Exception as error:  # a refusal to judge is an answer too
        return said | {"error": f"{type(error).__name__}: {error}"}


for path in map(Path, sys.argv[1:]):
    try:
        reader = PdfFileReader(io.BytesIO(path.read_bytes()), strict=False)
        answer = {"signatures": [judged(signature) for signature in reader.embedded_signatures]}
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
