"""Read the data set from disk to arrays. Each way returns the function that is timed."""

import ctypes
import gzip
import hashlib
import json
import shutil
import struct
import subprocess
from pathlib import Path

import numpy as np

from mnist_course import load_mnist
from mnist_course.cache import to_bytes

TITLE = "Reading the data set from disk, in a fresh process"
QUICK = ("the lesson", "load_mnist", "keras", "limit")


def prepare(folder, data):
    """Write the same images into the files that other libraries read."""
    for name in ("first", "again"):
        (folder / name).mkdir()
        (folder / name / "mnist.json.gz").write_bytes(data.read_bytes())
    train, val, test = load_mnist(folder / "again" / "mnist.json.gz")
    raw = folder / "MNIST" / "raw"  # where torchvision looks
    raw.mkdir(parents=True)
    arrays = {}
    for name, short, sets in (("train", "train", (train, val)), ("test", "t10k", (test,))):
        images = to_bytes(np.concatenate([one.images for one in sets])).reshape(-1, 28, 28)
        labels = np.concatenate([one.labels for one in sets]).astype(np.uint8)
        for what, magic, array in (("images-idx3", 2051, images), ("labels-idx1", 2049, labels)):
            idx = struct.pack(f">{1 + array.ndim}i", magic, *array.shape) + array.tobytes()
            (raw / f"{short}-{what}-ubyte").write_bytes(idx)
            # Level 9 would make it 2 % smaller, as quick to read, and take 10 s more.
            (raw / f"{short}-{what}-ubyte.gz").write_bytes(gzip.compress(idx, 6))
        arrays |= {f"x_{name}": images, f"y_{name}": labels}
    np.savez_compressed(folder / "mnist.npz", **arrays)
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
    if shutil.which("cc"):
        source = Path(__file__).with_name("limit.c")
        subprocess.run(["cc", "-O3", "-shared", "-o", folder / "limit.so", source], check=True)
    write_tensorflow_datasets(folder, arrays)
    try:
        from datasets import Dataset, Features, List, Value
    except ImportError:
        return
    # Lists of one length: Array2D makes a Python object of each row of pixels.
    features = Features(image=List(Value("uint8"), length=784), label=Value("int64"))
    for name in ("train", "test"):
        pairs = {"image": arrays[f"x_{name}"].reshape(-1, 784), "label": arrays[f"y_{name}"]}
        Dataset.from_dict(pairs, features).save_to_disk(folder / "datasets" / name)


def write_tensorflow_datasets(folder, arrays):
    """Write them as TensorFlow Datasets does; its own MNIST insists on downloading."""
    try:
        import tensorflow_datasets as tfds
    except ImportError:
        return

    class Digits(tfds.core.GeneratorBasedBuilder):
        VERSION = tfds.core.Version("1.0.0")
        pkg_dir_path = folder  # it looks for a description there

        def _info(self):
            image = tfds.features.Tensor(shape=(28, 28), dtype=np.uint8)
            label = tfds.features.ClassLabel(num_classes=10)
            features = tfds.features.FeaturesDict({"image": image, "label": label})
            return self.dataset_info_from_configs(features=features, disable_shuffling=True)

        def _split_generators(self, manager):
            return {name: self._generate_examples(name) for name in ("train", "test")}

        def _generate_examples(self, name):
            pairs = zip(arrays[f"x_{name}"], arrays[f"y_{name}"], strict=True)
            for number, (image, label) in enumerate(pairs):
                yield number, {"image": image, "label": int(label)}

    Digits(data_dir=folder / "tfds").download_and_prepare()


def tensorflow_datasets(folder):
    """Read all of it as one batch, as its documentation does with what is small."""
    import tensorflow_datasets as tfds

    builder = tfds.builder_from_directory(next((folder / "tfds" / "digits").iterdir()))

    def read():
        train, _ = (
            tfds.as_numpy(builder.as_dataset(split=name, batch_size=-1))
            for name in ("train", "test")
        )
        return train["image"], train["label"]

    return read


def the_lesson(folder):
    """Read as the lesson does, into lists."""
    return lambda: json.load(gzip.open(folder / "first" / "mnist.json.gz"))[0]


def json_to_arrays(folder):
    def read():
        with gzip.open(folder / "first" / "mnist.json.gz") as file:
            return [(np.array(x, "float32"), np.array(y)) for x, y in json.load(file)][0]

    return read


def orjson_to_arrays(folder):
    import orjson

    def read():
        with gzip.open(folder / "first" / "mnist.json.gz") as file:
            data = orjson.loads(file.read())
        return [(np.array(x, "float32"), np.array(y)) for x, y in data][0]

    return read


def simdjson_on_the_whole(folder):
    import simdjson

    def read():
        with gzip.open(folder / "first" / "mnist.json.gz") as file:
            data = simdjson.Parser().parse(file.read())
        sets = []
        for number in range(3):
            pixels = data.at_pointer(f"/{number}/0").as_buffer(of_type="d")
            labels = data.at_pointer(f"/{number}/1").as_buffer(of_type="i")
            images = np.frombuffer(pixels).astype("float32").reshape(-1, 784)
            sets.append((images, np.frombuffer(labels, np.int64)))
        return sets[0]

    return read


def ours_first_time(folder):
    for copy in (folder / "first").glob("*.npz"):
        copy.unlink()
    return lambda: load_mnist(folder / "first" / "mnist.json.gz").train


def ours_again(folder):
    return lambda: load_mnist(folder / "again" / "mnist.json.gz").train


def keras_npz(folder):
    """Do what ``keras.datasets.mnist.load_data`` does with its file."""

    def read():
        with np.load(folder / "mnist.npz") as file:
            arrays = {name: file[name] for name in file.files}
        return arrays["x_train"], arrays["y_train"]

    return read


def paddle_mnist(folder):
    from paddle.vision.datasets import MNIST

    def read():
        sets = []
        for mode, short in (("train", "train"), ("test", "t10k")):
            files = (f"{short}-images-idx3-ubyte.gz", f"{short}-labels-idx1-ubyte.gz")
            sets.append(MNIST(*(str(folder / "MNIST" / "raw" / f) for f in files), mode=mode))
        return np.array(sets[0].images), np.array(sets[0].labels).ravel()

    return read


def torchvision_mnist(folder):
    try:
        from torchvision.datasets import MNIST
    except RuntimeError:  # beside torch for CPUs its operators are not loaded; MNIST uses none
        import torch

        library = torch.library.Library("torchvision", "FRAGMENT")
        for name in ("nms", "qnms"):
            library.define(f"{name}(Tensor boxes, Tensor scores, float threshold) -> Tensor")
        from torchvision.datasets import MNIST

    def read():
        train, _ = MNIST(folder, train=True), MNIST(folder, train=False)
        return train.data.numpy(), train.targets.numpy()

    return read


def hugging_face_datasets(folder):
    from datasets import load_from_disk

    def read():
        train, _ = (
            load_from_disk(folder / "datasets" / name).with_format("numpy", dtype=np.uint8)[:]
            for name in ("train", "test")
        )
        return train["image"], train["label"]

    return read


def decompressing_alone(folder):
    """Show what any way must do that reads this file."""

    def read():
        with gzip.open(folder / "first" / "mnist.json.gz") as file:
            while file.read(1 << 18):
                pass

    return read


def parsing_in_c(folder):
    """Decompress and parse with a loop in C that knows this file and checks nothing."""
    if not (folder / "limit.so").exists():
        raise ImportError("No C compiler")
    parse = ctypes.CDLL(folder / "limit.so").parse

    def read():
        images, labels = np.empty((70_000, 784), np.uint8), np.empty(70_000, np.uint8)
        state = np.zeros(7, np.int64)  # struct state
        state[4] = 1  # its scale
        with gzip.open(folder / "first" / "mnist.json.gz") as file:
            while text := file.read(1 << 18):
                parse(
                    text,
                    ctypes.c_long(len(text)),
                    *(ctypes.c_void_p(array.ctypes.data) for array in (state, images, labels)),
                )
        return images, labels

    return read


def plain_copy(folder):
    """Read uncompressed bytes: the least that any way must do."""

    def read():
        x, y, _, _ = (
            np.load(folder / f"{name}.npy") for name in ("x_train", "y_train", "x_test", "y_test")
        )
        return x, y

    return read


WAYS = {
    "the lesson: json.load(gzip.open(...))": the_lesson,
    "the same, into arrays": json_to_arrays,
    "orjson, into arrays": orjson_to_arrays,
    "pysimdjson on the whole": simdjson_on_the_whole,
    "load_mnist, first time": ours_first_time,
    "limit: a loop in C for this file alone": parsing_in_c,
    "limit: decompressing alone": decompressing_alone,
    "paddle.vision.datasets.MNIST": paddle_mnist,
    "Hugging Face datasets, load_from_disk": hugging_face_datasets,
    "TensorFlow Datasets": tensorflow_datasets,
    "keras' mnist.npz": keras_npz,
    "torchvision.datasets.MNIST": torchvision_mnist,
    "load_mnist, again": ours_again,
    "limit: np.load of uncompressed bytes": plain_copy,
}


def measure(read, measured):
    """Return seconds and memory, and what the first 50,000 images and labels are."""
    seconds, peak, found = measured(read)
    result = {"seconds": [seconds], "peak_mb": peak}
    if found is None:
        return result
    result["gives"] = str(getattr(found[0], "dtype", "list"))  # float32 to train with, or bytes
    images, labels = (np.asarray(part[:50_000]) for part in found)
    if images.max() < 1:
        images = np.rint(images * 256)
    content = images.astype(np.uint8).tobytes() + labels.astype(np.uint8).tobytes()
    return {**result, "digest": hashlib.sha256(content).hexdigest()}
