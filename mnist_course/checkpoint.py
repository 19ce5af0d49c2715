"""Save training on its way, and go on from there: a model and a position <-> a file."""

import json
import os
from pathlib import Path

import numpy as np

AWAY = "move it away to start anew."


def save_checkpoint(path, model, optimizer, position, settings):
    """Save what training needs to go on from here as if it had never stopped.

    The file is written under another name and takes its own in one step, when
    the disk says that it has all of it: whatever happens meanwhile (the program
    is killed, the power fails), either the old file is there or the new one.

    Parameters
    ----------
    path : str or os.PathLike
        The file, best with the ending ``.npz``; an old one is replaced.
    model : paddle.nn.Layer
        Its parameters and buffers are saved.
    optimizer : paddle.optimizer.Optimizer
        The one that trains the model; its state is saved.
    position : tuple of int
        ``(epoch, batch)``: the first batch that was not *used* yet. What a reader
        has read does not count; with `prefetch` that is more.
    settings : dict
        What the training depends on, such as ``{"seed": 0, "batch_size": 100}``:
        plain numbers, strings and lists. Training goes on with the same only.

    Raises
    ------
    OSError
        If the file cannot be written. The old one is as it was.
    ValueError
        If the optimizer is not that of the model, or not the only one it has had:
        its state could not be put back.

    Notes
    -----
    Not saved are Paddle's own random numbers (as for dropout) and what mixed
    precision needs (master weights, ``GradScaler``). On macOS ``fsync`` does not wait
    for the disk itself: there, a power cut may cost the file.
    """
    path = Path(os.path.realpath(path))  # through a link, the file is replaced and not the link
    tensors = model.state_dict()
    arrays = {f"model {name}": tensor.numpy() for name, tensor in tensors.items()}
    names, plain = {tensor.name: name for name, tensor in tensors.items()}, {}
    for name, value in optimizer.state_dict().items():
        # The optimizer's names begin with a number of this process: linear_0.w_0_moment1_0.
        owner = next((own for own in names if name.startswith(f"{own}_")), None)
        if not hasattr(value, "numpy"):
            plain[name] = value  # a schedule of the learning rate
        elif owner and name.endswith("_0"):  # those of a second optimizer end in _1
            arrays[f"optimizer {names[owner]} {name.removeprefix(owner)}"] = value.numpy()
        else:
            raise ValueError(
                f"optimizer: {name} is not of this model's first optimizer. Make the model and the "
                "optimizer anew, once each."
            )
    about = {
        "position": [int(number) for number in position],
        "plain": plain,
        "fits": _fits(model, optimizer, settings),
    }
    temporary = path.with_name(f"{path.name}.tmp")
    try:
        with open(temporary, "wb") as file:
            np.savez(file, about=json.dumps(about), **arrays)
            file.flush()
            os.fsync(file.fileno())  # or a power cut may leave it empty
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    if os.name != "nt":  # Windows opens no folders
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)  # or the name may still be that of the old one
        finally:
            os.close(folder)


def load_checkpoint(path, model, optimizer, settings):
    """Put model and optimizer where `save_checkpoint` left them.

    Parameters
    ----------
    path : str or os.PathLike
        The file.
    model : paddle.nn.Layer
        Made as the one that was saved; its parameters are changed in place.
    optimizer : paddle.optimizer.Optimizer
        Of the same kind, for this model.
    settings : dict
        As they were saved.

    Returns
    -------
    tuple of int
        ``(epoch, batch)``, for `load_data` to start with and the loop to count
        from; ``(0, 0)`` if there is no such file yet.

    Raises
    ------
    FileNotFoundError
        If there is no such folder: a disk may be missing.
    ValueError
        If the file is damaged or does not fit, with the reason. Model and
        optimizer are as they were.

    Examples
    --------
    >>> import paddle
    >>> from mnist_course.checkpoint import load_checkpoint, save_checkpoint
    >>> from mnist_course.model import linear_network
    >>> model, settings = linear_network(), {"seed": 0, "batch_size": 100}
    >>> sgd = paddle.optimizer.SGD(0.001, parameters=model.parameters())
    >>> load_checkpoint("saved.npz", model, sgd, settings)
    (0, 0)
    >>> save_checkpoint("saved.npz", model, sgd, (2, 345), settings)
    >>> load_checkpoint("saved.npz", model, sgd, settings)
    (2, 345)
    """
    path = Path(path)
    if not path.parent.is_dir():
        raise FileNotFoundError(f"{path}: there is no such folder. Is a disk missing?")
    if not path.exists():
        return 0, 0
    try:
        with open(path, "rb") as opened, np.load(opened) as file:
            arrays = {name: file[name] for name in file.files}
        about = json.loads(str(arrays.pop("about")))
        position, plain, saved = about["position"], about["plain"], about["fits"]
    except Exception as error:  # a damaged file can fail in any way
        raise ValueError(f"{path}: no checkpoint, or a damaged one ({error}): {AWAY}") from error

    for part, asked in json.loads(json.dumps(_fits(model, optimizer, settings))).items():
        for name in [*saved[part], *asked]:
            old, new = saved[part].get(name, "nothing"), asked.get(name, "nothing")
            if old != new:
                raise ValueError(
                    f"{path}: {part}: {name} was {old} when it was saved, and is {new} now. Go on "
                    f"with what it was, or {AWAY}"
                )
    tensors, weights, state = model.state_dict(), {}, {**plain}
    for name, array in arrays.items():
        kind, name = name.split(" ", 1)
        if kind == "model":
            weights[name] = array
        else:
            owner, rest = name.rsplit(" ", 1)
            state[tensors[owner].name + rest] = array
    model.set_state_dict(weights)
    optimizer.set_state_dict(state)
    return tuple(position)


def _fits(model, optimizer, settings):
    """Return what must be the same when training goes on."""
    tensors = model.state_dict().items()
    scheduled = "LR_Scheduler" in optimizer.state_dict()
    return {
        "settings": settings,
        "optimizer": {
            "kind": type(optimizer).__name__,
            "learning rate": "scheduled" if scheduled else optimizer.get_lr(),
        },
        "parameters": {name: f"{tensor.dtype} {list(tensor.shape)}" for name, tensor in tensors},
    }
