"""A table as comma-separated text: a header, one example per line, one column of labels."""

from __future__ import annotations

import csv
import math
from array import array
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from nonlin.errors import DataError
from nonlin.study.data.preparation import Pair

LABEL_COLUMNS = ("label", "target", "class", "y")
MISSING = ("", "nan")


def read_csv(path: Path) -> Pair:
    """The features (n, features) float64 and the labels as text.

    The labels are the column called label, target, class or y, else the last; every other column must hold numbers.
    Raises DataError naming the line of the first cell that is missing or no number.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return _read(path, csv.reader(file))
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} is not a comma-separated text in UTF-8 ({error}); save it as one") from error
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}); check its permissions") from error


def _read(path: Path, lines: Iterator[list[str]]) -> Pair:
    header = _header(path, next(lines, []))
    column = next((i for i, name in enumerate(header) if name.lower() in LABEL_COLUMNS), len(header) - 1)
    numbers, places, labels = array("d"), array("Q"), []  # 8 bytes per number; a list of floats would take 32
    for row in filter(None, lines):
        if len(row) != len(header):
            raise _wrong(path, _line(lines), f"has {len(row)} cells, expected {len(header)} as the header")
        labels.append(row.pop(column).strip())
        places.append(_line(lines))
        try:
            numbers.extend([float(cell) for cell in row])
        except ValueError:
            raise _wrong(path, places[-1], _first_fault(row, header, column)) from None
        if labels[-1].lower() in MISSING:
            raise _wrong(path, places[-1], f"has no label in column {header[column]!r}; remove the line or fill it in")
    if not labels:
        raise DataError(f"{path} holds no example below its header; expected a line for each")
    features = np.frombuffer(numbers).reshape(len(labels), -1)
    infinite = ~np.isfinite(features).all(axis=1)
    if infinite.any():  # float() takes "nan" and "inf"
        row = [str(number) for number in features[infinite.argmax()].tolist()]
        raise _wrong(path, places[infinite.argmax()], _first_fault(row, header, column))
    return features, np.array(labels)


def _header(path: Path, header: list[str]) -> list[str]:
    names = [name.strip() for name in header]
    if len(names) < 2:
        raise DataError(f"{path} begins with {','.join(header)!r}, expected a header of at least two columns separated "
                        "by commas, such as length,width,label")  # fmt: skip
    if all(_is_number(name) for name in names):
        raise DataError(f"{path} begins with numbers, expected a header such as length,width,label; add one")
    return names


def _is_number(cell: str) -> bool:
    try:
        return not math.isnan(float(cell))
    except ValueError:
        return False


def _first_fault(row: list[str], header: list[str], column: int) -> str:
    """What is wrong with the first bad cell of a line, whose label in ``column`` has been taken out."""
    names = header[:column] + header[column + 1 :]
    name, cell = next((n, c) for n, c in zip(names, row, strict=True) if not _is_number(c) or math.isinf(float(c)))
    if cell.strip().lower() in MISSING:
        return f"has no number in column {name!r} (missing or NaN); remove the line or fill it in"
    return f"has {cell!r} in column {name!r}, expected a finite number; encode text as numbers first"


def _line(lines: Iterator[list[str]]) -> int:
    """Where a reader of the csv module is, from 1."""
    return int(lines.line_num)  # type: ignore[attr-defined]


def _wrong(path: Path, line: int, what: str) -> DataError:
    return DataError(f"{path} line {line} {what}")
