"""Read the text of a file that somebody saved: every way in which that can fail is one line."""

from __future__ import annotations

import codecs
from pathlib import Path

from simulation.tools.errors import InputError, shortened

#: How files that are no text begin.
_OTHER = {
    b"PK\x03\x04": "an Excel workbook or a .zip file",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"\x1f\x8b": "a .gz file",
    b"PAR1": "a Parquet file",
}


def read_text(path: str | Path, wanted: str) -> str:
    """Return the text of a file, its line ends as they are.

    UTF-8 with or without a byte order mark, and UTF-16 with one (Excel's "Unicode text", Notepad's
    "Unicode"). Raises InputError, naming the file; `wanted` says what it should be (".csv").
    """
    path = Path(path)
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except IsADirectoryError:
        raise InputError(f"{path}: is a folder, a {wanted} file is wanted") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{shortened(str(path))}: cannot be read ({reason})") from None
    for beginning, what in _OTHER.items():
        if data.startswith(beginning):
            raise InputError(f"{path}: is {what}, a {wanted} file is wanted: save it as that")
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            text = data.decode("utf-16")
        except UnicodeDecodeError:
            raise InputError(f"{path}: is not whole UTF-16 text: save it as UTF-8") from None
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = error.object.count(b"\n", 0, error.start) + 1
            raise InputError(
                f"{path}: line {line} is not UTF-8 text: save it as {wanted} in UTF-8"
            ) from None
    if "\0" in text:
        raise InputError(
            f"{path}: is not a text file (it holds zero bytes): a {wanted} file is wanted"
        )
    return text
