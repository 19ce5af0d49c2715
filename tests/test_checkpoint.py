"""Training that is saved and goes on: to the bit as if it had never stopped, or not at all."""

import json
import os

import numpy as np
import pytest
from conftest import Pickled

from mnist_course.checkpoint import load_checkpoint, save_checkpoint
from mnist_course.model import linear_network, paddle

SETTINGS = {"seed": 0, "batch_size": 100, "hidden": (64, 32)}  # a list, when it is read
pytestmark = pytest.mark.filterwarnings("ignore:When training")  # Paddle's own
OPTIMIZERS = ["SGD", "Momentum", "Adam", "AdamW"]


def network(outputs=1):
    """Return a network with parameters, and with buffers that training changes, too."""
    return paddle.nn.Sequential(linear_network(outputs, seed=0), paddle.nn.BatchNorm1D(outputs))


def optimizer_of(model, name="SGD", schedule=None):
    """Return an optimizer of that kind."""
    kind = getattr(paddle.optimizer, name)
    return kind(learning_rate=schedule or 0.1, parameters=model.parameters())


def train(model, optimizer, batches, schedule=None):
    """Train on batches made from their numbers; return the losses."""
    losses = []
    for number in batches:
        images = np.random.default_rng(number).random((5, 1, 28, 28), np.float32)
        loss = ((model(paddle.to_tensor(images)) - number) ** 2).mean()
        loss.backward()
        optimizer.step()
        optimizer.clear_grad()
        if schedule:
            schedule.step()
        losses.append(float(loss))
    return losses


def weights(model):
    """Return all parameters and buffers in one array."""
    return np.concatenate([tensor.numpy().ravel() for tensor in model.state_dict().values()])


@pytest.fixture
def saved(tmp_path):
    """Save a trained network; return the file, and what stands in it."""
    model = network()
    optimizer = optimizer_of(model)
    train(model, optimizer, range(3))
    save_checkpoint(tmp_path / "saved.npz", model, optimizer, (2, 345), SETTINGS)
    return tmp_path / "saved.npz", weights(model)


@pytest.mark.parametrize("scheduled", [False, True])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_training_goes_on_to_the_bit_also_where_other_networks_were_made(tmp_path, name, scheduled):
    def begin():
        model = network()
        schedule = paddle.optimizer.lr.StepDecay(0.1, 3) if scheduled else None
        return model, optimizer_of(model, name, schedule), schedule

    model, optimizer, schedule = begin()
    expected = train(model, optimizer, range(9), schedule)

    stopped, optimizer, schedule = begin()
    losses = train(stopped, optimizer, range(4), schedule)
    save_checkpoint(tmp_path / "saved.npz", stopped, optimizer, (0, 4), SETTINGS)

    network()  # so that the next one's parameters have other names in Paddle
    other, optimizer, schedule = begin()
    position = load_checkpoint(tmp_path / "saved.npz", other, optimizer, SETTINGS)
    assert position == (0, 4)
    assert losses + train(other, optimizer, range(4, 9), schedule) == expected
    np.testing.assert_array_equal(weights(other), weights(model))


def test_a_layer_may_have_a_name_of_two_words(tmp_path):
    def begin():
        model = paddle.nn.Sequential(("my layer", linear_network(seed=0)))
        return model, optimizer_of(model, "Adam")

    model, optimizer = begin()
    train(model, optimizer, range(2))
    save_checkpoint(tmp_path / "saved.npz", model, optimizer, (0, 2), {})
    losses = train(model, optimizer, range(2, 4))
    model, optimizer = begin()
    assert load_checkpoint(tmp_path / "saved.npz", model, optimizer, {}) == (0, 2)
    assert train(model, optimizer, range(2, 4)) == losses


def test_where_nothing_was_saved_training_begins(tmp_path):
    model = network()
    before = weights(model)
    optimizer = optimizer_of(model)
    assert load_checkpoint(tmp_path / "saved.npz", model, optimizer, SETTINGS) == (0, 0)
    np.testing.assert_array_equal(weights(model), before)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"seed": 1, "batch_size": 100}, "settings: seed was 0 when it was saved, and is 1 now"),
        ({"seed": 0, "batch_size": 50}, "settings: batch_size was 100 .* and is 50 now"),
        ({"seed": 0}, "settings: batch_size was 100 .* and is nothing now"),
        ({**SETTINGS, "processes": 2}, "settings: processes was nothing .* and is 2 now"),
    ],
)
def test_a_checkpoint_of_other_settings_is_refused(saved, settings, said):
    model = network()
    with pytest.raises(ValueError, match=rf"saved.npz: {said}.*, or move it away to start anew"):
        load_checkpoint(saved[0], model, optimizer_of(model), settings)


def test_a_checkpoint_of_another_network_or_optimizer_is_refused(saved):
    model = network(outputs=10)
    before = weights(model)
    with pytest.raises(ValueError, match=r"parameters: 0.1.weight was .*\[784, 1\].* \[784, 10\]"):
        load_checkpoint(saved[0], model, optimizer_of(model), SETTINGS)
    np.testing.assert_array_equal(weights(model), before)
    deeper = paddle.nn.Sequential(*network(), linear_network())
    with pytest.raises(ValueError, match=r"parameters: 2.1.weight was nothing when"):
        load_checkpoint(saved[0], deeper, optimizer_of(deeper), SETTINGS)
    model = network()
    with pytest.raises(ValueError, match="optimizer: kind was SGD .* and is Adam now"):
        load_checkpoint(saved[0], model, optimizer_of(model, "Adam"), SETTINGS)
    model.to(dtype="float64")
    with pytest.raises(ValueError, match=r"0.1.weight was .*float32 .* and is .*float64 .* now"):
        load_checkpoint(saved[0], model, optimizer_of(model), SETTINGS)


def test_another_learning_rate_or_a_schedule_is_refused_and_changes_nothing(saved):
    for rate, said in [(0.2, "0.2"), (paddle.optimizer.lr.StepDecay(0.1, 3), "scheduled")]:
        model = network()
        before = weights(model)
        with pytest.raises(ValueError, match=f"learning rate was 0.1 .* and is {said} now"):
            load_checkpoint(saved[0], model, optimizer_of(model, schedule=rate), SETTINGS)
        np.testing.assert_array_equal(weights(model), before)


def test_an_optimizer_whose_state_could_not_be_put_back_is_not_saved(tmp_path):
    model, other = network(), network()
    second, of_another = (optimizer_of(one, "Adam") for one in (model, other))
    train(model, optimizer_of(model, "Adam"), range(2))
    train(model, second, range(2))
    train(other, of_another, range(2))
    for optimizer in (second, of_another):
        with pytest.raises(ValueError, match="is not of this model's first optimizer"):
            save_checkpoint(tmp_path / "saved.npz", model, optimizer, (0, 2), SETTINGS)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_not_there_is_no_new_training(tmp_path):
    model = network()
    with pytest.raises(FileNotFoundError, match="no such folder. Is a disk missing"):
        load_checkpoint(tmp_path / "disk" / "saved.npz", model, optimizer_of(model), SETTINGS)


def test_a_link_to_a_checkpoint_stays_one(saved, tmp_path):
    path, _ = saved
    (tmp_path / "here").mkdir()
    link = tmp_path / "here" / "link.npz"
    link.symlink_to(path)
    model = network()
    optimizer = optimizer_of(model)
    save_checkpoint(link, model, optimizer, (7, 8), SETTINGS)
    assert link.is_symlink() and load_checkpoint(path, model, optimizer, SETTINGS) == (7, 8)


@pytest.mark.parametrize(
    "content", ["", "half", "one byte", "text", "another archive", "code", "a folder"]
)
def test_a_damaged_file_is_refused_and_changes_nothing(saved, content):
    path, _ = saved
    whole = path.read_bytes()
    if content == "another archive":
        np.savez(path, x=np.zeros(3))
    elif content == "code":
        np.savez(path, about=np.array([Pickled(path.with_name("run"))]))
    elif content == "a folder":
        path.unlink()
        path.mkdir()
    else:
        middle = len(whole) // 2
        flipped = whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :]
        damaged = {"": b"", "half": whole[:middle], "one byte": flipped, "text": b"weights"}
        path.write_bytes(damaged[content])
    model = network()
    before = weights(model)
    with pytest.raises(
        ValueError, match=r"saved.npz: no checkpoint, or a damaged one \(.*\): move it away"
    ) as caught:
        load_checkpoint(path, model, optimizer_of(model), SETTINGS)
    open_files = [
        os.path.realpath(f"/proc/self/fd/{handle}") for handle in os.listdir("/proc/self/fd")
    ]
    assert caught and str(path) not in open_files  # Windows moves no file that is open
    np.testing.assert_array_equal(weights(model), before)
    assert not path.with_name("run").exists()  # no code of a file runs


def test_a_checkpoint_needs_no_pickle(saved):
    with np.load(saved[0], allow_pickle=False) as file:
        about = json.loads(str(file["about"]))
    assert about["position"] == [2, 345] and about["fits"]["settings"]["seed"] == 0


def test_the_name_comes_when_the_disk_has_the_content_and_then_the_folder(saved, monkeypatch):
    path, _ = saved
    done = []

    def fsync(handle):
        name = os.path.basename(os.readlink(f"/proc/self/fd/{handle}"))
        if name.endswith(".tmp"):  # all of it was handed to the system
            with np.load(path.with_name(name)) as file:
                assert len(file.files) > 3 and all(file[one] is not None for one in file.files)
        done.append(name)

    replace = os.replace
    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "replace", lambda *names: (done.append("replace"), replace(*names)))
    model = network()
    save_checkpoint(path, model, optimizer_of(model), (0, 1), SETTINGS)
    assert done == ["saved.npz.tmp", "replace", path.parent.name]


@pytest.mark.parametrize(("owner", "name"), [(np, "savez"), (os, "fsync"), (os, "replace")])
def test_a_save_that_fails_leaves_the_old_one_and_nothing_else(saved, monkeypatch, owner, name):
    path, _ = saved
    before = path.read_bytes()
    model = network()
    optimizer = optimizer_of(model)

    def fail(file, *_, **__):
        if name == "savez":
            file.write(b"half")
        raise OSError("No space left on device")

    monkeypatch.setattr(owner, name, fail)
    with pytest.raises(OSError, match="No space"):
        save_checkpoint(path, model, optimizer, (0, 1), SETTINGS)
    assert path.read_bytes() == before and list(path.parent.iterdir()) == [path]
