"""Read ahead: a reader -> the same reader, its batches made in a thread."""

import queue
import threading


def prefetch(reader, capacity=5):
    """Return a reader of the same batches that are made ahead of time.

    In each epoch a thread runs `reader` and puts its batches into a queue,
    while the caller takes them out and trains. The thread reads a batch only
    when there is a place for it: a full queue makes it wait, an empty one the
    caller. When the caller stops early, the thread ends after the batch that
    it is reading.

    Parameters
    ----------
    reader : callable
        Called without arguments, it starts an epoch and yields batches.
    capacity : int
        Places in the queue, at least 1: batches that wait or are being read.

    Returns
    -------
    callable
        A reader. Its batches are those of `reader`, in the same order; an
        exception in `reader` is raised where the batches are taken, with the
        traceback of where it happened.

    Raises
    ------
    ValueError
        If `capacity` is not a whole number from 1.

    Examples
    --------
    >>> from mnist_course import load_data, prefetch
    >>> reader = prefetch(load_data("valid", batch_size=64))
    >>> images, labels = next(reader())
    >>> images.shape, labels.shape
    ((64, 1, 28, 28), (64, 1))
    """
    if not isinstance(capacity, int) or capacity < 1:
        raise ValueError(f"capacity: expected a whole number from 1, found {capacity!r}.")

    def ahead():
        batches, places = queue.SimpleQueue(), threading.Semaphore(capacity - 1)
        end, error, stopped = object(), None, threading.Event()

        def read():
            nonlocal error
            try:
                for batch in reader():
                    batches.put(batch)
                    places.acquire()  # wait for a place for one more
                    if stopped.is_set():
                        return
            except BaseException as caught:
                error = caught
            batches.put(end)

        threading.Thread(target=read, name="prefetch", daemon=True).start()
        try:
            while (batch := batches.get()) is not end:
                places.release()
                yield batch
            if error is not None:
                raise error
        finally:  # also when the caller stops early
            stopped.set()
            places.release()
            error = None  # its traceback holds this function, and with it a batch

    return ahead
