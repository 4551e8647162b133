"""Writes a one-dimensional .npy file piece by piece, so that the array needn't fit into memory."""

from pathlib import Path
from types import TracebackType

import numpy as np


class ArrayWriter:
    """Appends to an array in the file `path`. Use it as a context: when the context ends, the file has the same bytes as if
    `np.save` had written the whole array."""

    def __init__(self, path: Path, dtype: np.dtype | type):
        self.dtype = np.dtype(dtype)
        self.length = 0
        self._file = open(path, "wb")  # noqa: SIM115 (closed by __exit__)
        self._write_header()

    def append(self, values: np.ndarray) -> None:
        """Appends integers [n] of any type. Their values must fit into the file's type."""
        self._file.write(np.ascontiguousarray(values, dtype=self.dtype))
        self.length += len(values)

    def _write_header(self) -> None:
        # numpy pads the header so that a length of up to 21 digits fits. So the final header has the size of the first one.
        header = {"descr": np.lib.format.dtype_to_descr(self.dtype), "fortran_order": False, "shape": (self.length,)}
        np.lib.format.write_array_header_1_0(self._file, header)

    def __enter__(self) -> "ArrayWriter":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._file:
            self._file.seek(0)
            self._write_header()
