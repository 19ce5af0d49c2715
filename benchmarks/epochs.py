"""Go through an epoch of shuffled batches of 100. Each way returns a function that starts one.

All start from the training images as one array of bytes in memory (those of Hugging Face and
WebDataset from files of their own, which the system keeps in memory), prepared as each library's
users would. They give float32 images ``[100, 1, 28, 28]`` from 0 to 1 and their 100 labels, as
NumPy's arrays or as tensors of Paddle or torch. The usual way of a library is measured, and the
fastest that was found; why an option has its value stands beside it.
"""

import hashlib
from functools import partial

import numpy as np
from machine import held_mb

from mnist_course import load_data, load_mnist
from mnist_course.cache import to_bytes

TITLE = "An epoch of 500 shuffled batches, from memory"
QUICK = ("load_data", "Paddle, gather", "Paddle DataLoader, 0", "torch, ind", "limit")
SCALE = np.float32(1 / 256)


def prepare(folder, data):
    """Write the training images and labels as bytes."""
    images, labels = load_mnist(data).train
    images = to_bytes(images).reshape(-1, 1, 28, 28)
    np.save(folder / "images.npy", images)
    np.save(folder / "labels.npy", labels)
    write_hugging_face(folder, images, labels)
    try:
        import webdataset
    except ImportError:
        return
    for shard in range(2):  # a worker needs a file of its own
        with webdataset.TarWriter(str(folder / f"mnist-{shard}.tar")) as tar:
            for number in range(shard, len(images), 2):
                image, label = images[number].tobytes(), int(labels[number])
                tar.write({"__key__": f"{number:05}", "bin": image, "cls": label})


def write_hugging_face(folder, images, labels):
    try:
        from datasets import Dataset, Features, List, Value
    except ImportError:
        return
    # Lists of one length: Array2D makes a Python object of each row of pixels.
    features = Features(image=List(Value("uint8"), length=784), label=Value("int64"))
    pairs = {"image": images.reshape(-1, 784), "label": labels}
    Dataset.from_dict(pairs, features).save_to_disk(folder / "datasets")


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


def ours_to_torch(folder):
    import torch

    reader = load_data("train", seed=0)

    def epoch():
        for images, labels in reader():
            yield torch.from_numpy(images), torch.from_numpy(labels)  # the same memory, no copy

    return epoch


def paddle_gather(folder):
    """Gather bytes, a quarter of the memory of float32, and make those of a batch numbers."""
    import paddle

    paddle.set_device("cpu")
    images, labels = (paddle.to_tensor(array) for array in arrays(folder))

    def epoch():
        for index in paddle.randperm(len(images)).split(500):
            batch = paddle.gather(images, index)  # index_select knows no bytes
            yield batch.astype("float32") * SCALE, paddle.gather(labels, index)

    return epoch


# Workers are started anew: those that stay are looked for every half second only. Pipes, not shared
# memory: setting that up takes longer for so small a batch.
PADDLE = {"persistent_workers": False, "use_shared_memory": False}


def paddle_samples(images, labels):
    import paddle
    from paddle.io import Dataset

    paddle.set_device("cpu")

    class Samples(Dataset):
        def __len__(self):
            return len(images)

        def __getitem__(self, index):
            return images[index] * SCALE, labels[index]

    return Samples()


def paddle_loader(folder, workers):
    from paddle.io import DataLoader

    samples = paddle_samples(*arrays(folder))
    loader = DataLoader(samples, batch_size=100, shuffle=True, num_workers=workers, **PADDLE)
    return lambda: loader


def paddle_ready_batches(images, labels, workers):
    """Let each index be those of a batch: it is taken at once, and nothing is left to collate."""
    from paddle.io import BatchSampler, DataLoader

    class Indices(BatchSampler):
        def __iter__(self):
            order = np.random.permutation(len(images))
            return ([order[start : start + 100]] for start in range(0, len(order), 100))

        def __len__(self):
            return len(images) // 100

    samples = paddle_samples(images, labels)
    loader = DataLoader(
        samples,
        batch_sampler=Indices(samples),
        collate_fn=lambda batch: batch[0],
        num_workers=workers,
        **PADDLE,
    )
    return lambda: loader


def paddle_batches(folder, workers):
    return paddle_ready_batches(*arrays(folder), workers)


def one_torch_thread():
    """Return torch, with one thread: a batch is too small to share.

    The second thread would wait for work in a loop, which beside another busy process makes
    indexing take 10 times as long and more: https://github.com/pytorch/pytorch/issues/80777.
    """
    import torch

    torch.set_num_threads(1)
    return torch


def torch_settings(workers):
    """Return options of a DataLoader; its documentation: who stays need not be started again."""
    return {"num_workers": workers, "persistent_workers": workers > 0}


def torch_samples(folder):
    torch = one_torch_thread()
    from torch.utils.data import TensorDataset

    images, labels = arrays(folder)
    return TensorDataset(torch.from_numpy(images * SCALE), torch.from_numpy(labels))


def torch_loader(folder, workers):
    samples = torch_samples(folder)
    from torch.utils.data import DataLoader

    loader = DataLoader(samples, batch_size=100, shuffle=True, **torch_settings(workers))
    return lambda: loader


def torch_ready_batches(samples, workers):
    """Do as its documentation, "Disable automatic batching", where a batch is cheap to take."""
    from torch.utils.data import BatchSampler, DataLoader, RandomSampler

    sampler = BatchSampler(RandomSampler(samples), 100, drop_last=False)
    loader = DataLoader(samples, sampler=sampler, batch_size=None, **torch_settings(workers))
    return lambda: loader


def torch_batches(folder, workers):
    return torch_ready_batches(torch_samples(folder), workers)


def torch_index(folder):
    torch = one_torch_thread()
    images, labels = arrays(folder)
    images, labels = torch.from_numpy(images * SCALE), torch.from_numpy(labels)

    def epoch():
        for index in torch.randperm(len(images)).split(100):
            yield images[index], labels[index]

    return epoch


def torch_select(folder):
    """Select bytes, a quarter of the memory of float32, and make those of a batch numbers."""
    torch = one_torch_thread()
    images, labels = (torch.from_numpy(array) for array in arrays(folder))

    def epoch():
        for index in torch.randperm(len(images)).split(100):
            batch = images.index_select(0, index)  # faster than images[index]
            yield batch.float().mul_(SCALE), labels.index_select(0, index)

    return epoch


def tensorflow_data(folder):
    """Follow the guide to its performance: vectorize what is mapped, prefetch, let it tune."""
    import tensorflow as tf

    batches = (
        tf.data.Dataset.from_tensor_slices(arrays(folder))
        .cache()  # the guide: of what is small enough
        .shuffle(50_000)
        .batch(100)
        .map(lambda x, y: (tf.cast(x, tf.float32) * SCALE, y), num_parallel_calls=tf.data.AUTOTUNE)
        .prefetch(tf.data.AUTOTUNE)
    )
    return lambda: batches.as_numpy_iterator()


def tensorflow_gather(folder):
    """Make batches of row numbers, and gather each at once."""
    import tensorflow as tf

    images, labels = (tf.constant(array) for array in arrays(folder))

    def shuffled(epoch):
        order = tf.random.shuffle(tf.range(len(images)))
        return tf.data.Dataset.from_tensor_slices(tf.reshape(order, (-1, 100)))

    def gather(index):
        return tf.cast(tf.gather(images, index), tf.float32) * SCALE, tf.gather(labels, index)

    batches = (
        tf.data.Dataset.range(1)
        .flat_map(shuffled)  # anew in each epoch
        .map(gather, num_parallel_calls=tf.data.AUTOTUNE)
        .prefetch(tf.data.AUTOTUNE)
    )
    return lambda: batches.as_numpy_iterator()


def grain_data(folder, ready_batches=False):
    import grain

    images, labels = arrays(folder)
    # Its documentation: no threads for what is in memory, they would wait for Python's lock.
    options = grain.ReadOptions(num_threads=0, prefetch_buffer_size=0)

    class Source:
        def __len__(self):
            return len(images)

        def __getitem__(self, index):
            return images[index], labels[index]

    def scaled(batch):
        return batch[0] * SCALE, batch[1]

    def gathered(index):
        return images[index] * SCALE, labels[index]

    samples = grain.MapDataset.source(range(len(images)) if ready_batches else Source())
    finish = gathered if ready_batches else scaled
    return lambda: (
        samples.shuffle(seed=np.random.randint(2**31))
        .batch(100)
        .map(finish)
        .to_iter_dataset(options)
    )


def hugging_face_datasets(folder):
    from datasets import load_from_disk

    samples = load_from_disk(folder / "datasets").with_format("numpy", dtype=np.uint8)

    def epoch():
        # Its documentation warns of shuffle's indices and offers flatten_indices and a shuffle
        # buffer: for data in memory both took longer.
        for batch in samples.shuffle(seed=np.random.randint(2**31)).iter(100):
            yield batch["image"].reshape(-1, 1, 28, 28) * SCALE, batch["label"]

    return epoch


def web_dataset(folder):
    """Stream tar files, each worker through a shuffle buffer that holds all of its file."""
    import webdataset

    def arrays_of(sample):
        return np.frombuffer(sample[0], np.uint8).reshape(1, 28, 28) * SCALE, int(sample[1])

    batches = (
        webdataset.WebDataset(str(folder / "mnist-{0..1}.tar"), shardshuffle=2)
        .shuffle(25_000)
        .to_tuple("bin", "cls")
        .map(arrays_of)
        .batched(100)  # its documentation: in the workers, for handing on single samples is slow
    )
    loader = webdataset.WebLoader(batches, batch_size=None, num_workers=2, persistent_workers=True)
    return lambda: loader


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
    "tf.data: cache, shuffle, batch, prefetch": tensorflow_data,
    "tf.data: batches of row numbers, gather": tensorflow_gather,
    "Grain": grain_data,
    "Grain, batches of row numbers": partial(grain_data, ready_batches=True),
    "Hugging Face datasets": hugging_face_datasets,
    "limit: copying, in order": copying,
    "load_data, to Paddle tensors": ours_to_paddle,
    "Paddle, gather": paddle_gather,
    "Paddle DataLoader, 0 workers": partial(paddle_loader, workers=0),
    "Paddle DataLoader, 2 workers": partial(paddle_loader, workers=2),
    "Paddle DataLoader, ready batches, 0 workers": partial(paddle_batches, workers=0),
    "Paddle DataLoader, ready batches, 2 workers": partial(paddle_batches, workers=2),
    "load_data, to torch tensors": ours_to_torch,
    "torch, indexing the tensors": torch_index,
    "torch, index_select": torch_select,
    "torch DataLoader, 0 workers": partial(torch_loader, workers=0),
    "torch DataLoader, 2 workers": partial(torch_loader, workers=2),
    "torch DataLoader, batched sampler, 0 workers": partial(torch_batches, workers=0),
    "torch DataLoader, batched sampler, 2 workers": partial(torch_batches, workers=2),
    "WebDataset, 2 tar files, 2 workers": web_dataset,
}


def measure(start, measured):
    """Return seconds and memory of three epochs, and what an epoch before them gave.

    The digest is the same in any order: the sum of the samples' digests.
    """
    digest = held = 0
    for number, (given, labels) in enumerate(start()):
        images, labels = np.asarray(given), np.asarray(labels).ravel()
        if images.dtype != np.float32 or images.shape != (100, 1, 28, 28):
            raise ValueError(f"a batch of {images.dtype} {images.shape}")
        grey = np.rint(images * 256).astype(np.uint8).reshape(100, -1)
        for row in np.column_stack([labels.astype(np.uint8), grey]):
            digest += int.from_bytes(hashlib.sha256(row).digest(), "big")
        if number % 100 == 50:
            held = max(held, held_mb())

    def epoch():
        for _ in start():
            pass

    runs = [measured(epoch) for _ in range(3)]
    return {
        "seconds": [seconds for seconds, _, _ in runs],
        "peak_mb": max(held, runs[-1][1]),
        "gives": type(given).__module__.split(".")[0],
        "digest": f"{digest % 2**256:064x}",
    }
