"""Hostile files and requests, by class, drawn from a seed: equal seeds give equal attacks."""

# ruff: noqa: S608 - statements to be refused are written here as an attacker would

import bz2
import gzip
import io
import json
import lzma
import pickle
import random
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

CSV = b"text,label\nhola,song\nadios,word\n"
TASK = "songs"
_ROW = b'{"label": "song", "text": '
_LINE = _ROW + b'"hola"}\n'


@dataclass(frozen=True)
class Attack:
    """One file or one request.

    Attributes
    ----------
    kind : its class.
    name : of the file, or of the request in words.
    content : of the file; None for a request.
    method, path, body, raw, headers : of the request; ``raw`` instead of a JSON body.
    """

    kind: str
    name: str
    content: bytes | None = None
    method: str = "GET"
    path: str = "/"
    body: Any = None
    raw: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Target:
    """What attacks aim at: a file to read, and a file to make, both outside the home."""

    secret: Path
    canary: Path


class _Exploit:
    def __init__(self, command: str) -> None:
        self.command = command

    def __reduce__(self) -> tuple[Any, ...]:
        return (eval, (f"__import__('os').system({self.command!r})",))


def attacks(seed: int, per_class: int, target: Target) -> list[Attack]:
    """Return ``per_class`` attacks of each class, in the order of the classes."""
    found: list[Attack] = []
    for kind, make in CLASSES.items():
        draw = random.Random(f"{seed} {kind}")  # noqa: S311 the same every time is what is wanted
        stream = make(draw, target)
        for _ in range(per_class):
            one = next(stream)
            found.append(Attack(kind, **one))
    return found


def _formats(draw: random.Random, target: Target) -> Iterator[dict[str, Any]]:
    """Content that is not what its name says, cut, or with bits turned."""
    exploit = pickle.dumps(_Exploit(f"touch {target.canary}"))
    parquet = _parquet({"text": ["hola", "adios"] * 50, "label": ["song", "word"] * 50})
    good = {
        "rows.parquet": parquet, "rows.csv": CSV, "rows.csv.gz": gzip.compress(CSV),
        "rows.jsonl": _LINE * 20, "rows.json": b"[" + _LINE + b"]",
    }  # fmt: skip
    yaml = f"!!python/object/apply:os.system ['touch {target.canary}']".encode()
    wrong = [exploit, b"\x93NUMPY" + exploit, b"\x7fELF" + bytes(60), yaml, b"%PDF-1.7\n", b"MZ"]
    for k in count():
        name, content = draw.choice(sorted(good.items()))
        match k % 3:
            case 0:
                content = draw.choice(wrong) + draw.randbytes(4)
                name = draw.choice([*good, "rows.pkl", "rows.npy", "rows.pt", "rows.yaml"])
            case 1:
                content = content[: draw.randrange(len(content))]
            case 2:
                turned = bytearray(content)
                for _ in range(draw.randint(1, 8)):
                    turned[draw.randrange(len(turned))] ^= 1 << draw.randrange(8)
                content = bytes(turned)
        yield {"name": name, "content": content}


def _archives(draw: random.Random, target: Target) -> Iterator[dict[str, Any]]:
    """Bombs, links, and names that lead out of the folder."""
    names = ["rows.csv.gz", "rows.jsonl.gz", "rows.zip", "rows.tar", "rows.csv", "rows.tar.gz"]
    for k in count():
        yield {"name": draw.choice(names), "content": _archive(k % 10, draw, target)}


def _archive(case: int, draw: random.Random, target: Target) -> bytes:
    outside, size = f"../../../../../..{target.canary}", draw.randint(8, 32)
    match case:
        case 0:
            return _bomb(size)
        case 1:
            return _zip(outside)
        case 2:
            return _zip("rows.csv")
        case 3:
            return _tar(outside, str(target.secret))
        case 4:
            return gzip.compress(_bomb(size))
        case 5:
            return bz2.compress(CSV * size)
        case 6:
            return lzma.compress(CSV * size)
        case 7:
            return gzip.compress(CSV) + draw.randbytes(9)
        case 8:
            return _gzip_named(outside, CSV * size)[: -draw.randint(1, 8)]
        case _:
            return gzip.compress(b"") * 70_000


def _unicode(draw: random.Random, _: Target) -> Iterator[dict[str, Any]]:
    """Half characters, overlong forms, other encodings, what nobody sees."""
    pieces = [
        _ROW + b'"\\ud800"}', _ROW + b'"\\udfff\\ud800"}', _ROW + b'"a\\u0000b"}',
        _ROW + b'"\xc0\xaf"}', _ROW + b'"\xed\xa0\x80"}', _ROW + b'"\xf8\x88\x80\x80\x80"}',
        _ROW + '"\u202eevil\u202c\u2066"}'.encode(), _ROW + '"\ufeff\u200b"}'.encode(),
        _ROW + b'"\x1b[2J\x1b]0;owned\x07"}', '{"\U0001f600": "x"}'.encode("utf-16"),
        ('{"text": "' + "a\u0301" * 40 + "\u0489" * 400 + '"}').encode(),
        b"\x00" * 40, b"\xff\xfe" + '{"text": "x"}'.encode("utf-16-le"),
    ]  # fmt: skip
    for _k in count():
        lines = [draw.choice(pieces) for _ in range(draw.randint(1, 3))]
        yield {"name": "rows.jsonl", "content": b"\n".join(lines)}


def _json_files(draw: random.Random, _: Target) -> Iterator[dict[str, Any]]:
    """Depth, digits, doubled keys, what JSON has no word for."""
    row = '{"label": "song", "text": '
    for k in count():
        depth = draw.randint(20, 100_000)
        text = [
            "[" * depth, '{"text":' * depth + "1" + "}" * depth, row + "NaN}", row + "1e999}",
            row + "9" * draw.randint(50, 100_000) + "}", row + '"a", "text": "b"}',
            row + '"a"}}', f'[{row}"a"}}', row + '"' * depth + "}",
            row + '["a"], "__proto__": {"x": 1}}', row + '"' + "\\u0041" * depth,
            json.dumps({f"k{n}": n for n in range(3_000)}),
        ][k % 12]  # fmt: skip
        name = draw.choice(["rows.jsonl", "rows.json"])
        yield {"name": name, "content": text.encode()}


def _names(draw: random.Random, target: Target) -> Iterator[dict[str, Any]]:
    """File names that are paths, patterns, commands or nothing at all."""
    parts = [
        "../" * 8 + str(target.secret), str(target.secret), "/etc/passwd", "..", "*.csv", "?.csv",
        f"$(touch {target.canary})", "rows.csv\x00.txt", "rows\n.csv", "a" * 300, "", ".",
        "|touch " + str(target.canary), "\u202evsc.swor", "C:\\rows.csv", "~/rows.csv", "CON",
        "http://127.0.0.1/rows.csv", "file:///etc/passwd", "s3://bucket/rows.csv", "rows.csv/",
    ]  # fmt: skip
    for _k in count():
        yield {"name": draw.choice(parts) + draw.choice(["", "", ".csv", ".."]), "content": CSV}


def _sql(draw: random.Random, target: Target) -> Iterator[dict[str, Any]]:
    """Statements that read, write or load what is none of the published views."""
    secret, canary = target.secret, target.canary
    statements = [
        f"select * from read_csv('{secret}')", f"select * from read_text('{secret}')",
        f"select * from '{secret}'", f"copy (select 1) to '{canary}'", f"attach '{canary}' as x",
        "install httpfs", "load httpfs", "pragma database_list", "set enable_external_access=true",
        "select 1; select 2", "create table t as select 1", "drop view task",
        "call pragma_version()",
        "select * from store.record", "select * from duckdb_settings()", "export database 'x'",
        f"select * from glob('{secret.parent}/*')", f"select * from read_blob('{secret}')",
        f"select * from parquet_scan('{secret}')", f"select * from read_json_auto('{secret}')",
        "with x as (delete from store.record returning *) select * from x", "select getenv('HOME')",
        "select * from sniff_csv('/etc/passwd')", "describe select 1", "begin", "checkpoint",
        "select * from information_schema.tables", "prepare x as select 1", "vacuum", "use store",
        "select * from query('select 1')", "select * from query_table('store.record')", "",
        f"select * from ST_Read('{secret}')", "explain analyze select * from store.posting",
        "select unnest(range(1000000000000))", "\x00select 1", "select $$", "))((", "-- only words",
    ]  # fmt: skip
    for _k in count():
        text = draw.choice(statements)
        text = draw.choice([text, text.upper(), f"/* x */ {text}", f"{text} --", f"\n\t{text}\n;"])
        # In upper case a path is another path: what it names is not there at all.
        yield {"name": text, "method": "POST", "path": "/sql", "body": {"statement": text}}


def _paths(draw: random.Random, target: Target) -> Iterator[dict[str, Any]]:
    """Addresses that climb, end early or are far too long."""
    routes = ["/tasks/{}", "/contributions/{}", "/runs/{}", "/jobs/{}", "/epochs/{}",
              "/runs/{}/bundle/x", "/valuations/{}", "/runs/{}/card", "/contributions/{}/croissant",
              "/jobs/{}/events", "/published/{}", "/{}"]  # fmt: skip
    secret = str(target.secret)
    names = ["..%2f" * 9 + secret.replace("/", "%2f"), "%2e%2e%2f" * 9 + "etc%2fpasswd", "%00",
             "%ff%fe", "a" * 5_000, "..;/..;/etc/passwd", "%252e%252e%252fetc%252fpasswd", "*", "'",
             "' or '1'='1", "%0d%0aX-Owned:%201", "${jndi:ldap://127.0.0.1/x}", "{{7*7}}", "-1",
             "%E2%80%AE", "..\\..\\etc\\passwd", "~root", "%", "\u0000".encode().hex()]  # fmt: skip
    for _k in count():
        path = draw.choice(routes).format(draw.choice(names))
        yield {"name": path, "path": path}


def _bodies(draw: random.Random, target: Target) -> Iterator[dict[str, Any]]:
    """Bodies that no form fits: depth, types, forged records, numbers without end."""
    routes = ["/tasks", "/principals", f"/tasks/{TASK}/contributions", f"/tasks/{TASK}/runs",
              f"/tasks/{TASK}/funding", f"/tasks/{TASK}/epochs", f"/tasks/{TASK}/valuations",
              "/models", "/bundles", "/recomputations", f"/tasks/{TASK}/generations", "/games",
              "/contributions/x/submission", "/contributions/x/mask"]  # fmt: skip
    forged = {"kind": "task", "version": 1, "body": {"id": "x"}, "author": "0" * 64,
              "signature": "0" * 128}  # fmt: skip
    values = [
        b"", b"{", b"[]", b"null", b'"x"', b"[" * 60_000, b'{"a":' * 60_000, b"\xff\xfe", b"NaN",
        json.dumps({"envelope": forged}).encode(), b'{"envelope": "x"}', b'{"envelope": []}',
        json.dumps({"envelope": forged | {"author": "\ud800"}}).encode(),
        json.dumps({"envelope": forged | {"body": {"n": 2**4000}}}).encode(),
        json.dumps({"envelope": forged | {"kind": "../../x"}}).encode(),
        json.dumps({"file_sha256": "0" * 64, "file_name": str(target.secret), "license": "MIT",
                    "owner": "../x"}).encode(),
        json.dumps({"sha256": "../../etc/passwd", "name": "x"}).encode(),
        json.dumps({"models": ["base"] * 999, "prompts": [{}], "seed": -1}).encode(),
        json.dumps({"parameters": {"__class__": "x", "steps": 1e400}}).encode(), b"x" * 2_000_000,
        json.dumps({"size": {"$ne": 1}, "owners": ["'; drop table x; --"]}).encode(),
    ]  # fmt: skip
    for _k in count():
        route = draw.choice(routes)
        headers = {"content-type": draw.choice(["application/json", "text/plain", "x/y; q="])}
        yield {"name": f"POST {route}", "method": "POST", "path": route,
               "raw": draw.choice(values), "headers": headers}  # fmt: skip


def _headers(draw: random.Random, _: Target) -> Iterator[dict[str, Any]]:
    """Headers that lie, and tokens that are none."""
    tokens = ["", "Bearer", "Bearer x", "Basic eDp5", "Bearer " + "a" * 9_000,
              "bearer\tx",
              "Bearer null", "Bearer ' or 1=1"]  # fmt: skip
    odd = [{"idempotency-key": "a" * 300}, {"idempotency-key": "a b"},
           {"idempotency-key": "\u00e9"},
           {"x-workbench-priority": "highest"}, {"x-workbench-identity": "%00"},
           {"x-workbench-identity": "../../x"}, {"x-workbench-identity": "a" * 500},
           {"x-workbench-identity": "%ff%0d%0aX: 1"}]  # fmt: skip
    body = {"file_sha256": "0" * 64, "file_name": "rows.csv", "license": "MIT", "owner": "x"}
    for k in count():
        if k % 2:
            token = draw.choice(tokens)
            yield {"name": "token", "path": draw.choice(["/tasks", "/health", "/jobs", "/x"]),
                   "headers": {"authorization": token}}  # fmt: skip
        else:
            yield {"name": "header", "method": "POST", "path": f"/tasks/{TASK}/contributions",
                   "body": body, "headers": draw.choice(odd)}  # fmt: skip


CLASSES = {
    "formats": _formats,
    "archives": _archives,
    "unicode": _unicode,
    "JSON files": _json_files,
    "file names": _names,
    "SQL": _sql,
    "paths": _paths,
    "JSON bodies": _bodies,
    "headers": _headers,
}


def _parquet(columns: dict[str, Any]) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue()


def _bomb(megabytes: int) -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    block = b"text\n" + b"a" * (2**20 - 5)
    return b"".join(packer.compress(block) for _ in range(megabytes)) + packer.flush()


def _zip(name: str) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr(name, "text\nhola\n")
    return sink.getvalue()


def _tar(name: str, target: str) -> bytes:
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w") as archive:
        info = tarfile.TarInfo(name)
        info.type, info.linkname = tarfile.SYMTYPE, target
        archive.addfile(info)
    return sink.getvalue()


def _gzip_named(inner: str, content: bytes) -> bytes:
    sink = io.BytesIO()
    with gzip.GzipFile(inner, "wb", fileobj=sink) as stream:
        stream.write(content)
    return sink.getvalue()
