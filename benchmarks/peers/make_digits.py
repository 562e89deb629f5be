"""Writes the handwritten digits that `greymatter` embeds: experiments/data/digits/*-ubyte.gz.

Source: scikit-learn's `load_digits` (package `scikit-learn`, written with 1.9.1), which is the test part of
"Optical Recognition of Handwritten Digits" (E. Alpaydin and C. Kaynak, UCI Machine Learning Repository, 1998,
doi:10.24432/C50P49, CC BY 4.0): 1797 images of 8 x 8 pixels with values 0..16.

Every fifth image of each class, in the order of the source, is a test image. The source is ordered by writer, so a
cut at one index would test on writers that the training part lacks; and writers wrote 0 to 9 in turn, so taking every
fifth image regardless of its class would test some digits twice as often as others.

The script prints the SHA-256 of each uncompressed file, which a test of `experiments` holds fixed (compressed bytes
depend on the version of zlib).
"""

import gzip
import hashlib
import pathlib
import struct

import numpy as np
from sklearn.datasets import load_digits

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "experiments" / "data" / "digits"
TEST_STRIDE = 5
UNSIGNED_BYTE = 0x08


def idx_bytes(array: np.ndarray) -> bytes:
    """The array as an IDX file of unsigned bytes: magic number, sizes (big endian), elements in row-major order."""
    magic = struct.pack(">BBBB", 0, 0, UNSIGNED_BYTE, array.ndim)
    sizes = struct.pack(f">{array.ndim}I", *array.shape)
    return magic + sizes + array.astype(np.uint8).tobytes()


def is_test(labels: np.ndarray) -> np.ndarray:
    """True for every fifth image of each class."""
    chosen = np.zeros(len(labels), dtype=bool)
    for digit in np.unique(labels):
        chosen[np.flatnonzero(labels == digit)[TEST_STRIDE - 1 :: TEST_STRIDE]] = True
    return chosen


def main() -> None:
    digits = load_digits()
    images, labels = digits.images.astype(np.uint8), digits.target.astype(np.uint8)
    assert images.shape == (1797, 8, 8) and images.max() == 16 and np.array_equal(images, digits.images)
    test = is_test(labels)

    FOLDER.mkdir(parents=True, exist_ok=True)
    for split, chosen in [("train", ~test), ("test", test)]:
        files = {f"{split}-images-idx3-ubyte": images[chosen], f"{split}-labels-idx1-ubyte": labels[chosen]}
        for name, array in files.items():
            content = idx_bytes(array)
            (FOLDER / f"{name}.gz").write_bytes(gzip.compress(content, compresslevel=9, mtime=0))
            print(hashlib.sha256(content).hexdigest(), name, array.shape)


if __name__ == "__main__":
    main()
