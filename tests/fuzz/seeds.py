"""Makes the first seeds of every fuzz target: `python seeds.py`, with the environment of fixtures/make/README.md.

Small inputs that reach far: files signed with the test PKI, and the pieces of the fixtures. Writes seeds/TARGET/; what
the fuzzer found later stands there too (`./run TARGET minimise`) and is left alone."""

import base64
import hashlib
import json
import re
import sys
import zlib
from datetime import datetime, timedelta, timezone
from pathlib import Path

HERE = Path(__file__).parent
PROJECT = HERE.parents[1]
sys.path.insert(0, str(PROJECT / "fixtures" / "make"))

from asn1crypto import cms, core, tsp
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import fixed
import seal
from pki import Pki

MINUTES = PROJECT / "fixtures" / "minutes"
AUTHN = "1.2.752.201.5.1"
LONG = datetime(2049, 12, 1, tzinfo=timezone.utc)


def main():
    for maker in (signed_files, files, pieces_of_files, cms_and_below, texts, ledger):
        for target, name, data in maker():
            place = HERE / "seeds" / target / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
            print(f"{target}/{name} {len(data)}")


# ---- files ----

def pdf(objects, trailer="/Root 1 0 R", packed=()):
    """Objects by number; those of `packed` go into an object stream, and then the cross-reference is a stream."""
    out, where = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), {}
    if packed:
        head, inside = "", ""
        for number in packed:
            head, inside = head + f"{number} {len(inside)} ", inside + objects[number] + " "
        keys = f"/Type /ObjStm /N {len(packed)} /First {len(head)} /Filter /FlateDecode"
        objects = {n: o for n, o in objects.items() if n not in packed}
        objects[90] = stream(keys, zlib.compress((head + inside).encode("latin-1")))
    for number, body in objects.items():
        where[number] = len(out)
        out += f"{number} 0 obj\n{body}\nendobj\n".encode("latin-1")
    at = len(out)
    if packed:
        where[91] = at
        rows = [(number, b"\1" + place.to_bytes(3, "big") + b"\0") for number, place in where.items()]
        rows += [(number, b"\2" + (90).to_bytes(3, "big") + bytes([index])) for index, number in enumerate(packed)]
        index = " ".join(f"{number} 1" for number, _ in sorted(rows))
        keys = f"/Type /XRef /Size 92 /W [1 3 1] /Index [{index}] {trailer} /Filter /FlateDecode"
        body = stream(keys, zlib.compress(b"".join(row for _, row in sorted(rows))))
        out += f"91 0 obj\n{body}\nendobj\n".encode("latin-1")
    else:
        out += b"xref\n0 1\n0000000000 65535 f \n"
        out += b"".join(b"%d 1\n%010d 00000 n \n" % item for item in sorted(where.items()))
        out += f"trailer\n<< /Size {max(where) + 1} {trailer} /ID [<01> <01>] >>\n".encode()
    return bytes(out) + b"startxref\n%d\n%%%%EOF\n" % at


def stream(keys, data):
    return f"<< {keys} /Length {len(data)} >>\nstream\n" + data.decode("latin-1") + "\nendstream"


TEXT = b"BT /F 9 Tf 10 80 Td (Justerare) Tj 0 -12 Td [(Malin ) -250 (Svanholm)] TJ T* <c5e4> ' ET q 1 0 0 1 5 5 cm /X Do Q"
FONT = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding << /BaseEncoding /WinAnsiEncoding " \
       "/Differences [65 /Aring /adieresis] >> >>"


def page(extra=""):
    return {
        1: f"<< /Type /Catalog /Pages 2 0 R {extra} >>",
        2: "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        3: "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 100] /Contents 4 0 R "
           "/Resources << /Font << /F 5 0 R >> /XObject << /X 6 0 R >> >> >>",
        4: stream("/Filter /FlateDecode", zlib.compress(TEXT)),
        5: FONT,
        6: stream("/Type /XObject /Subtype /Form /BBox [0 0 9 9]", b"BT /F 9 Tf (i en form) Tj ET"),
    }


FORM = "/AcroForm << /Fields [7 0 R] /DA (/F 9 Tf) >>"
FIELD = "<< /FT /Tx /T (Namn) /V (Malin) /Type /Annot /Subtype /Widget /Rect [0 0 9 9] /P 3 0 R /AP << /N 6 0 R >> >>"


def files():
    yield "pdf", "plain", pdf(page())
    yield "pdf", "packed", pdf(page(FORM) | {7: FIELD}, packed=(1, 2, 3, 5, 7))
    number = b"BT /F 9 Tf 9 50 Td [(Anna 19620) 20 (314-12) -5 (34 Ek)] TJ ET /X Do"
    named = page(FORM) | {4: stream("", number), 7: FIELD}
    named[3] = named[3].replace("/Contents", "/Annots [7 0 R] /Contents")
    yield "copy", "number", pdf(named)
    yield "copy", "plain", pdf(page())
    plain = pdf(page())
    previous = plain.rindex(b"startxref\n") + 10
    at = len(plain)
    update = b"5 0 obj\n" + FONT.encode() + b"\nendobj\n"
    table = b"xref\n5 1\n%010d 00000 n \ntrailer\n<< /Size 7 /Root 1 0 R /Prev %d /ID [<01> <02>] >>\n"
    table %= (at, int(plain[previous:].split()[0]))
    yield "pdf", "updated", plain + update + table + b"startxref\n%d\n%%%%EOF\n" % (at + len(update))
    # Behind the four objects of tests/support/paper.rs, whose places these are.
    yield "xref", "table", (b"xref\n0 5\n0000000000 65535 f \n0000000009 00000 n \n0000000058 00000 n \n"
                            b"0000000115 00000 n \n0000000202 00000 n \ntrailer\n<< /Size 5 /Root 1 0 R >>")
    rows = b"".join(bytes([1, place, 0]) for place in (9, 58, 115, 202))
    keys = "/Type /XRef /Size 6 /W [1 1 1] /Index [1 4] /Root 1 0 R"
    yield "xref", "stream", f"5 0 obj\n{stream(keys, rows)}\nendobj".encode("latin-1")
    png = zlib.compress(b"".join(bytes([2]) + row for row in (bytes([1, 9, 0]), bytes([0, 49, 0]))))
    keys = "/Type /XRef /Size 6 /W [1 1 1] /Root 1 0 R /Prev 9 /Filter /FlateDecode " \
           "/DecodeParms << /Predictor 12 /Columns 3 >>"
    yield "xref", "predicted", f"5 0 obj\n{stream(keys, png)}\nendobj".encode("latin-1")


def pieces_of_files():
    for name, value in {
        "dictionary": "<< /A [1 -2 3.5 true null (a\\)\\101(b)) <48 49> /N#20x 12 0 R] /D << /E << >> >> % c\n >>",
        "signature": "<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached /ByteRange [0 9 20 9] "
                     "/Contents <3003020105> /M (D:20250321164435+01'00') /Reason (Justering) "
                     "/Reference [<< /TransformMethod /FieldMDP /TransformParams << /Action /All /V /1.2 >> >>] >>",
        "stream": stream("/Type /ObjStm /N 1 /First 4", b"9 0 << /A 1 >>"),
    }.items():
        yield "object", name, value.encode("latin-1")
    text = b"Protokoll fran sammantradet " * 3
    rows = b"".join(bytes([kind]) + b"abcd" for kind in range(5))
    for name, keys, data in (
        ("flate", "/Filter /FlateDecode", zlib.compress(text)),
        ("png", "/Filter /FlateDecode /DecodeParms << /Predictor 15 /Columns 4 >>", zlib.compress(rows)),
        ("tiff", "/Filter [/FlateDecode] /DecodeParms [<< /Predictor 2 /Columns 4 >>]", zlib.compress(rows)),
        ("lzw", "/Filter /LZWDecode", bytes([0x80, 0x0B, 0x60, 0x50, 0x22, 0x0C, 0x0C, 0x85, 0x01])),
        ("hex", "/Filter [/ASCIIHexDecode /FlateDecode]", zlib.compress(text).hex().encode() + b">"),
        ("85", "/Filter /ASCII85Decode", base64.a85encode(text) + b"~>"),
        ("run", "/Filter /RunLengthDecode", bytes([1]) + b"ab" + bytes([254]) + b"c" + bytes([128])),
    ):
        yield "filter", name, keys.encode() + b"\n" + data
    yield "content", "text", TEXT
    yield "content", "matrices", (b"q 2 0 0 2 0 0 cm BT /F 1 Tf 12 TL 1 0 0 1 9 9 Tm 3 Tc 4 Tw 90 Tz 2 Ts (a) Tj T* (b) ' "
                                  b"1 2 (c) \" 1 1 TD [(d) -9 <65>] TJ ET Q BI /W 1 /H 1 ID \x00 EI /M <</MCID 0>> BDC EMC")
    yield "font", "differences", b"/Subtype /TrueType /FirstChar 32 /Widths [250 333 408] /Encoding " \
        b"<< /BaseEncoding /MacRomanEncoding /Differences [1 /a /aring /uni00E4 /g12] >>\n"
    to_unicode = b"""1 begincodespacerange <0000> <ffff> endcodespacerange
2 beginbfchar <0001> <0041> <0041> <00660066> endbfchar
2 beginbfrange <00e0> <00ff> <00c0> <0100> <0102> [<0041> <0042> <0043>] endbfrange"""
    yield "font", "type0", b"/Subtype /Type0 /Encoding /Identity-H /DescendantFonts [<< /Subtype /CIDFontType2 " \
        b"/DW 500 /W [1 [250 300] 65 90 600] >>]\n" + to_unicode


def signed_files():
    pki = Pki()
    hand = seal.Hand(pki.signer("malin", "main"), pki.signer_key("malin", "main"), pki.chain("sign-ca"))
    moment = datetime(2024, 12, 16, 18, 30, tzinfo=timezone.utc)
    fixed.document_ids("fuzz seeds")
    seal.RESERVED, seal.RESERVED_WITH_TIME = 15_200, 22_100
    one = seal.signature(pdf(page()), "Signature1", hand, moment)
    clock = seal.Clock(pki, moment + timedelta(seconds=20))
    timed = seal.signature(pdf(page(), packed=(1, 2, 3)), "Signature1", hand, moment, "Justering", clock)
    ocsps = [pki.ocsp(pki.signer("malin", "main"), "sign-ca", moment, LONG)]
    authorities = ["root", "sign-ca", "tsa-ca"]
    crls = [pki.crl(issuer, moment, LONG) for issuer in authorities]
    certificates = [pki.authority(who) for who in authorities] + [pki.service("tsa"), pki.service("ocsp")]
    kept = seal.evidence(timed, certificates, crls, ocsps)
    seal.RESERVED = 2 * 9472
    archived = seal.document_timestamp(kept, "Timestamp1", seal.Clock(pki, moment + timedelta(days=1)))
    two = seal.signature(one, "Signature2", hand, moment)
    for name, data in {"one": one, "two": two, "archived": archived}.items():
        yield "verify", name, data
        yield "pdf", name, data
    for name, data in zip(authorities, crls):
        yield "crl", name, data
    yield "ocsp", "good", ocsps[0]


# ---- below the file ----

def cms_and_below():
    seen = set()
    for path in (MINUTES / "styrelseprotokoll-genuine.pdf", MINUTES / "styrelseprotokoll-b-lta.pdf"):
        found = re.findall(rb"/Contents <([0-9a-fA-F]{100,})>", path.read_bytes())
        for number, digits in enumerate(found):
            content = cms.ContentInfo.load(bytes.fromhex(digits.decode()))
            kind = content["content"]["encap_content_info"]["content_type"].native
            name = f"{path.stem.removeprefix('styrelseprotokoll-')}-{number}"
            yield ("timestamp" if kind == "tst_info" else "cms"), name, content.dump()
            if kind == "tst_info":
                yield "timestamp", "statement", content["content"]["encap_content_info"]["content"].parsed.dump()
                yield from records(content)
                status = tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": content})
                yield "timestamp", "response", status.dump()
            for choice in content["content"]["certificates"]:
                certificate = choice.chosen
                if certificate.dump() not in seen:
                    seen.add(certificate.dump())
                    yield "certificate", re.sub(r"[^A-Za-z0-9]+", "-", certificate.subject.native["common_name"]), certificate.dump()
                    yield from authentication(certificate)


def records(token):
    """An evidence record with one time stamp, over a document among others; and a seal of GuardTime's as short as can be."""
    digest = core.OctetString(bytes(32)).dump()
    sequence = lambda *parts: core.Sequence(contents=b"".join(parts)).dump()
    algorithm = sequence(core.ObjectIdentifier("2.16.840.1.101.3.4.2.1").dump())
    tree = sequence(sequence(digest, digest), sequence(digest))
    stamp = sequence(b"\xa0" + algorithm[1:], b"\xa2" + tree[1:], token.dump())
    yield "ers", "one", sequence(core.Integer(1).dump(), sequence(algorithm), sequence(sequence(stamp)))
    yield "ksi", "seal", bytes.fromhex("8800001888010007030109050201ee88010009030109030005020" "1aa")


def authentication(certificate):
    for extension in certificate["tbs_certificate"]["extensions"]:
        if extension["extn_id"].dotted == AUTHN:
            name, content = certificate.subject.native["given_name"], extension["extn_value"].native
            yield "authn", name, content
            start, end = content.index(b"<"), content.rindex(b">") + 1
            yield "authn", f"{name}.xml", content[start:end]
            yield "xml", f"{name}.xml", content[start:end]


def texts():
    for path in sorted(MINUTES.glob("*.txt")):
        text = path.read_text()
        yield "minutes", f"{path.stem[-16:]}-head", text[:1500].encode()
        yield "minutes", f"{path.stem[-16:]}-tail", text[-1500:].encode()
    yield "minutes", "verifikat", (PROJECT / "fixtures" / "make" / "verifikat-page.txt").read_bytes()
    yield "xml", "xmp", b'<?xpacket begin=""?><x:xmpmeta xmlns:x="adobe:ns:meta/"><dc:title xmlns:dc="d">&#228;<![CDATA[x]]>' \
        b'<!-- c --></dc:title></x:xmpmeta><?xpacket end="r"?>'
    signed = ('<s:bankIdSignedData xmlns:s="http://www.bankid.com/signature/v1.0.0/types" Id="d">x</s:bankIdSignedData>')
    xml = ('<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo><CanonicalizationMethod Algorithm='
           '"http://www.w3.org/2001/10/xml-exc-c14n#"/><SignatureMethod Algorithm='
           '"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384"/><Reference URI="#d"><Transforms><Transform Algorithm='
           '"http://www.w3.org/2000/09/xmldsig#enveloped-signature"/><Transform Algorithm='
           '"http://www.w3.org/TR/2001/REC-xml-c14n-20010315"/></Transforms><DigestMethod Algorithm='
           '"http://www.w3.org/2001/04/xmlenc#sha256"/><DigestValue>AAAA</DigestValue></Reference></SignedInfo>'
           f'<SignatureValue>{"A" * 128}</SignatureValue><Object>{signed}</Object></Signature>')
    yield "xml", "signature", xml.encode()
    yield "bankid", "bare", xml.encode()
    completed = {"signature": base64.b64encode(xml.encode()).decode(), "ocspResponse": "MAMKAQE="}
    yield "bankid", "completed", json.dumps({"orderRef": "o", "completionData": completed}).encode()
    part = lambda value: base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
    answer = {"pol": "http://id.swedenconnect.se/svt/sigval-policy/ts-pkix/01", "res": "PASSED", "msg": None}
    finding = {"sig_ref": {"sig_hash": "AAAA", "sb_hash": "AAAA"}, "sig_data_ref": [{"ref": "0 9 20 9", "hash": "AAAA"}],
               "signer_cert_ref": {"type": "chain", "ref": ["AAAA"]}, "sig_val": [answer],
               "time_val": [{"time": 1, "type": "t", "iss": "i", "id": "x"}]}
    claims = {"jti": "1", "iss": "i", "iat": 1, "sig_val_claims": {
        "ver": "1.0", "profile": "PDF", "hash_algo": "http://www.w3.org/2001/04/xmlenc#sha256", "sig": [finding]}}
    yield "svt", "token", f"{part({'typ': 'JWT', 'alg': 'RS256', 'kid': 'AAAA'})}.{part(claims)}.AAAA".encode()
    tsl = "http://uri.etsi.org/02231/v2#"
    yield "xml", "trust-list", (
        f'<TrustServiceStatusList xmlns="{tsl}"><SchemeInformation><TSLVersionIdentifier>5</TSLVersionIdentifier>'
        '<TSLSequenceNumber>1</TSLSequenceNumber><TSLType>t</TSLType><SchemeTerritory>SE</SchemeTerritory><PointersToOtherTSL>'
        '<OtherTSLPointer><TSLLocation>u</TSLLocation></OtherTSLPointer></PointersToOtherTSL><ListIssueDateTime>'
        '2026-01-01T00:00:00Z</ListIssueDateTime><NextUpdate><dateTime>2026-06-01T00:00:00Z</dateTime></NextUpdate>'
        '</SchemeInformation></TrustServiceStatusList>').encode()
    schedule = (PROJECT / "deploy" / "retention.toml").read_text()
    yield "table", "plan", ("\ufeffhandlingstyp;kod;åtgärd;frist_år;utgångspunkt;beslut;beslutsdatum\r\n"
                            "Kallelser;summons;gallras;2;årets slut;KS 2025/9;2025-03-01\r\n"
                            '"Proto""koll";minutes;bevaras;5;registrering;"KS;1";2025-03-01\r\n').encode()
    yield "retention", "example", "\n".join(line for line in schedule.splitlines() if not line.startswith("#")).encode()


def ledger():
    """Notes of the key whose seed is 32 times 7; its name and public half stand in tests/support/targets.rs."""
    name, key = "sigill.example/log", Ed25519PrivateKey.from_private_bytes(bytes([7]) * 32)
    public = b"\1" + key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    key_id = hashlib.sha256(name.encode() + b"\n" + public).digest()[:4]
    b64 = lambda data: base64.b64encode(data).decode()
    yield "receipt", "key", f"{name}+{key_id.hex()}+{b64(public)}".encode()
    yield "receipt", "private", f"PRIVATE+KEY+{name}+{key_id.hex()}+{b64(bytes([1]) + bytes([7]) * 32)}".encode()
    text = f"{name}\n1\n{b64(bytes(32))}\n"
    note = f"{text}\n\u2014 {name} {b64(key_id + key.sign(text.encode()))}\n"
    yield "receipt", "text", text.encode()
    yield "receipt", "checkpoint", note.encode()
    yield "receipt", "receipt", f"c2sp.org/tlog-proof@v1\nextra {b64(b'{}')}\nindex 0\n\n{note}".encode()
    yield "entry", "entry", (f"sigill.entry/1\nevent registered\nrecord {'0f' * 16}\nat 2026-11-01T00:00:00Z\n"
                             f"commitment {'ab' * 32}\n").encode()
    yield "entry", "opening", (f'{{"schema":"sigill.opening/1","event":"registered","record":"{"0f" * 16}",'
                               f'"at":"2026-11-01T00:00:00Z","salt":"{"00" * 32}","recordSha256":"{"11" * 32}"}}').encode()


if __name__ == "__main__":
    main()
