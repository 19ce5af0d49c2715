"""Go through an epoch of shuffled batches of 100. Each way returns a function that starts one.

All start from the training images as one array of bytes in memory, prepared as each library's
users would, and give float32 images ``[100, 1, 28, 28]`` from 0 to 1 and their 100 labels.
"""

import hashlib

import numpy as np

from mnist_course import load_data, load_mnist
from mnist_course.cache import to_bytes

TITLE = "An epoch of 500 shuffled batches, from memory"
QUICK = ("load_data", "Paddle DataLoader, 0", "torch, indexing", "limit")
SCALE = np.float32(1 / 256)


def prepare(folder, data):
    """Write the training images and labels as bytes."""
    images, labels = load_mnist(data).train
    images = to_bytes(images).reshape(-1, 1, 28, 28)
    np.save(folder / "images.npy", images)
    np.save(folder / "labels.npy", labels)
    try:
        import webdataset
    except ImportError:
        return
    with webdataset.TarWriter(str(folder / "mnist.tar")) as tar:
        for number, (image, label) in enumerate(zip(images, labels, strict=True)):
            tar.write({"__key__": f"{number:05}", "bin": image.tobytes(), "cls": int(label)})


def arrays(folder):
    """Return the images as bytes ``[50000, 1, 28, 28]``, and the labels."""
    return np.load(folder / "images.npy"), np.load(folder / "labels.npy")


def the_lesson(folder):
    images, labels = arrays(folder)
    return row_by_row((images.reshape(-1, 784) * SCALE).tolist(), labels.tolist())


def row_by_row(images, labels):
    """Collect each batch row by row, from lists, as the lesson does."""

    def epoch():
        order = np.random.permutation(len(images))
        batch_images, batch_labels = [], []
        for row in order:
            batch_images.append(np.array(images[row], "float32").reshape(1, 28, 28))
            batch_labels.append(np.array(labels[row], "float32").reshape(1))
            if len(batch_images) == 100:
                yield np.array(batch_images), np.array(batch_labels)
                batch_images, batch_labels = [], []

    return epoch


def ours(folder):
    return load_data("train", seed=0)


def ours_to_paddle(folder):
    import paddle

    reader = load_data("train", seed=0)

    def epoch():
        for images, labels in reader():
            yield paddle.to_tensor(images), paddle.to_tensor(labels)

    return epoch


def paddle_loader(folder, workers, ready_batches=False):
    import paddle
    from paddle.io import BatchSampler, DataLoader, Dataset

    paddle.set_device("cpu")
    images, labels = arrays(folder)

    class Samples(Dataset):
        def __len__(self):
            return len(images)

        def __getitem__(self, index):
            return images[index] * SCALE, labels[index]

    samples = Samples()
    if not ready_batches:
        loader = DataLoader(samples, batch_size=100, shuffle=True, num_workers=workers)
        return lambda: loader

    class Indices(BatchSampler):
        def __iter__(self):
            order = np.random.permutation(len(images))
            return ([order[start : start + 100]] for start in range(0, len(order), 100))

        def __len__(self):
            return len(images) // 100

    loader = DataLoader(
        samples,
        batch_sampler=Indices(samples),
        collate_fn=lambda batch: batch[0],
        num_workers=workers,
    )
    return lambda: loader


def torch_loader(folder, workers, ready_batches=False):
    import torch
    from torch.utils.data import BatchSampler, DataLoader, RandomSampler, TensorDataset

    images, labels = arrays(folder)
    samples = TensorDataset(torch.from_numpy(images * SCALE), torch.from_numpy(labels))
    settings = {"num_workers": workers, "persistent_workers": workers > 0}
    if ready_batches:
        sampler = BatchSampler(RandomSampler(samples), 100, drop_last=False)
        loader = DataLoader(samples, sampler=sampler, batch_size=None, **settings)
    else:
        loader = DataLoader(samples, batch_size=100, shuffle=True, **settings)
    return lambda: loader


def torch_index(folder):
    import torch

    images, labels = arrays(folder)
    images, labels = torch.from_numpy(images * SCALE), torch.from_numpy(labels)

    def epoch():
        for index in torch.randperm(len(images)).split(100):
            yield images[index], labels[index]

    return epoch


def tensorflow_data(folder):
    import tensorflow as tf

    batches = (
        tf.data.Dataset.from_tensor_slices(arrays(folder))
        .cache()
        .shuffle(50_000)
        .batch(100)
        .map(lambda x, y: (tf.cast(x, tf.float32) * SCALE, y), num_parallel_calls=tf.data.AUTOTUNE)
        .prefetch(tf.data.AUTOTUNE)
    )
    return lambda: batches.as_numpy_iterator()


def grain_data(folder):
    import grain

    images, labels = arrays(folder)

    class Source:
        def __len__(self):
            return len(images)

        def __getitem__(self, index):
            return images[index], labels[index]

    samples = grain.MapDataset.source(Source())
    return lambda: (
        samples.shuffle(seed=np.random.randint(2**31))
        .batch(100)
        .map(lambda batch: (batch[0] * SCALE, batch[1]))
        .to_iter_dataset()
    )


def hugging_face_datasets(folder):
    from datasets import Array2D, Dataset, Features, Value

    images, labels = arrays(folder)
    features = Features(image=Array2D((28, 28), "uint8"), label=Value("int64"))
    pairs = {"image": images[:, 0], "label": labels}
    samples = Dataset.from_dict(pairs, features).with_format("numpy")

    def epoch():
        for batch in samples.shuffle(seed=np.random.randint(2**31)).iter(100):
            yield batch["image"][:, None].astype("float32") * SCALE, batch["label"]

    return epoch


def web_dataset(folder):
    """Stream a tar file through a shuffle buffer as large as the data set."""
    import webdataset

    def arrays_of(sample):
        return np.frombuffer(sample[0], np.uint8).reshape(1, 28, 28) * SCALE, int(sample[1])

    batches = (
        webdataset.WebDataset(str(folder / "mnist.tar"), shardshuffle=False)
        .shuffle(50_000)
        .to_tuple("bin", "cls")
        .map(arrays_of)
        .batched(100)
    )
    return lambda: batches


def copying(folder):
    """Copy the same bytes batch by batch, in order: the least that any way must do."""
    images, labels = arrays(folder)
    images, labels = images * SCALE, labels.astype("float32")

    def epoch():
        for start in range(0, len(images), 100):
            yield images[start : start + 100].copy(), labels[start : start + 100].copy()

    return epoch


WAYS = {
    "the lesson: rows of lists": the_lesson,
    "load_data": ours,
    "load_data, to Paddle tensors": ours_to_paddle,
    "Paddle DataLoader, 0 workers": lambda folder: paddle_loader(folder, 0),
    "Paddle DataLoader, 2 workers": lambda folder: paddle_loader(folder, 2),
    "Paddle DataLoader, ready batches, 0 workers": lambda folder: paddle_loader(folder, 0, True),
    "Paddle DataLoader, ready batches, 2 workers": lambda folder: paddle_loader(folder, 2, True),
    "torch DataLoader, 0 workers": lambda folder: torch_loader(folder, 0),
    "torch DataLoader, 2 workers": lambda folder: torch_loader(folder, 2),
    "torch DataLoader, batched sampler, 0 workers": lambda folder: torch_loader(folder, 0, True),
    "torch DataLoader, batched sampler, 2 workers": lambda folder: torch_loader(folder, 2, True),
    "torch, indexing the tensors": torch_index,
    "tf.data: cache, shuffle, batch, prefetch": tensorflow_data,
    "Grain": grain_data,
    "Hugging Face datasets": hugging_face_datasets,
    "WebDataset, from a tar file": web_dataset,
    "limit: copying, in order": copying,
}


def measure(start, measured):
    """Return seconds and memory of three epochs, and what an epoch before them gave, sorted."""
    rows = []
    for images, labels in start():
        images, labels = np.asarray(images), np.asarray(labels).ravel()
        if images.dtype != np.float32 or images.shape != (100, 1, 28, 28):
            raise ValueError(f"a batch of {images.dtype} {images.shape}")
        grey = np.rint(images * 256).astype(np.uint8).reshape(100, -1)
        grey = np.column_stack([labels.astype(np.uint8), grey])
        rows += [row.tobytes() for row in grey]

    def epoch():
        for _ in start():
            pass

    runs = [measured(epoch) for _ in range(3)]
    return {
        "seconds": [seconds for seconds, _, _ in runs],
        "peak_mb": runs[-1][1],
        "digest": hashlib.sha256(b"".join(sorted(rows))).hexdigest(),
    }
