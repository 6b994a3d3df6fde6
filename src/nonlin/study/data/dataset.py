"""What a study trains and tests on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from nonlin.errors import DataError


@dataclass(frozen=True, eq=False)
class Examples:
    """Some examples: ``images`` (n, *shape) float32, ``labels`` (n,) int32 from 0. May be empty."""

    images: npt.NDArray[np.float32]
    labels: npt.NDArray[np.int32]

    def __post_init__(self) -> None:
        if len(self.images) != len(self.labels):
            raise DataError(f"got {len(self.images)} images but {len(self.labels)} labels; expected as many")

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True, eq=False)
class Dataset:
    """Examples for training, validation and testing, the labels as classes from 0 to ``classes`` - 1.

    Images are (height, width, channels) in [0, 1] unless a note says otherwise; rows of a table are (features,),
    standardised. ``validation`` may be empty. ``notes``: how the examples were split and changed, for people.
    ``label_names``: what each class is called, by its number.
    """

    name: str
    training: Examples
    validation: Examples
    test: Examples
    classes: int
    notes: tuple[str, ...] = ()
    label_names: tuple[str, ...] = ()

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one example: (height, width, channels) or (features,)."""
        return self.training.images.shape[1:]

    @cached_property
    def fingerprint(self) -> str:
        """32 hexadecimal digits that change with any bit of the examples or of their split."""
        digest = blake2b(str(self.classes).encode(), digest_size=16)
        for part in (self.training, self.validation, self.test):
            for array in (part.images, part.labels):
                digest.update(f"{array.dtype.str}{array.shape}".encode())
                digest.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
        return digest.hexdigest()
