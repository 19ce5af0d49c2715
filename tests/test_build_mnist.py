"""The script that makes the data file from MNIST's four IDX files."""

import gzip
import hashlib
import json
import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from test_dataset import idx_file

from mnist_course import load_mnist
from work import build_mnist

SCRIPT = Path(build_mnist.__file__)


@pytest.fixture(scope="module")
def idx_folder(tmp_path_factory):
    """MNIST's four IDX files, taken out of the committed file; two of them gzipped."""
    folder = tmp_path_factory.mktemp("idx")
    train, val, test = load_mnist()
    for name, arrays in {
        "train-images-idx3-ubyte": [train.images, val.images],
        "train-labels-idx1-ubyte": [train.labels, val.labels],
        "t10k-images-idx3-ubyte": [test.images],
        "t10k-labels-idx1-ubyte": [test.labels],
    }.items():
        values = np.concatenate(arrays)
        if "images" in name:
            values = (values * 256).reshape(-1, 28, 28)
        data = idx_file(values.astype(np.uint8))
        if name.startswith("t10k"):
            (folder / f"{name}.gz").write_bytes(gzip.compress(data, 1))
        else:
            (folder / name).write_bytes(data)
    return folder


def test_it_makes_the_committed_file_byte_for_byte(idx_folder, tmp_path):
    output = tmp_path / "built.json.gz"
    run = [sys.executable, str(SCRIPT), str(idx_folder), str(output)]
    out = subprocess.check_output(run, text=True)
    committed = SCRIPT.with_name("mnist.json.gz").read_bytes()
    assert hashlib.sha256(committed).hexdigest() in out
    assert output.read_bytes() == committed
    assert [file.name for file in tmp_path.iterdir()] == [output.name]


def test_what_it_writes_is_what_json_reads(tmp_path):
    images = np.arange(256, dtype=np.uint8).repeat(49).reshape(16, 784)
    sets = [(images, images[:, 0] % 10)] * 3
    build_mnist.write(tmp_path / "small.json.gz", sets)
    written = (tmp_path / "small.json.gz").read_bytes()
    for read_images, read_labels in json.loads(gzip.decompress(written)):
        assert read_images == (images / 256).tolist()
        assert read_labels == (images[:, 0] % 10).tolist()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [([], "FOLDER holds"), (["."], "no such file"), ([".", "1", "2"], "FOLDER holds")],
)
def test_a_folder_is_enough_and_says_what_it_lacks(tmp_path, monkeypatch, arguments, says):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [str(SCRIPT), *arguments])
    with pytest.raises(SystemExit, match=says):
        runpy.run_path(str(SCRIPT), run_name="__main__")
    assert build_mnist.OUTPUT.samefile(SCRIPT.parent / "mnist.json.gz")  # that it would replace


def test_it_refuses_other_files(idx_folder, tmp_path):
    for file in idx_folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    labels = tmp_path / "train-labels-idx1-ubyte"
    labels.write_bytes(labels.read_bytes()[:-1] + b"\x07")
    output = tmp_path / "built.json.gz"
    with pytest.raises(SystemExit, match="train-labels.*expected SHA-256.*found"):
        build_mnist.main(tmp_path, output)
    labels.unlink()
    with pytest.raises(SystemExit, match="train-labels.*no such file"):
        build_mnist.main(tmp_path, output)
    assert not output.exists()


def test_it_writes_all_or_nothing(tmp_path):
    output = tmp_path / "built.json.gz"
    output.write_bytes(b"what was there")
    with pytest.raises(IndexError):
        build_mnist.write(output, [(np.full((2, 784), 999), np.zeros(2))])
    assert output.read_bytes() == b"what was there"
    assert list(tmp_path.iterdir()) == [output]
