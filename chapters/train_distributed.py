"""Train in several processes, each on its own shard: see chapter 09.

python -m paddle.distributed.launch --nproc_per_node 2 \
    chapters/train_distributed.py DATA OUT EPOCHS BATCH_SIZE

DATA is a folder with images.npy (bytes, [N, 1, 28, 28]) and labels.npy
(float32, [N, 1]). OUT is a folder: rank 0 keeps saved.npz there, from
which the next start goes on; each process leaves what it has read since
this start (rank0-read.npy: epoch, row) and learnt (rank0-weights.npy).
"""

import os
import sys
from itertools import islice
from pathlib import Path

# 课程模块 mnist_course 在上一级文件夹里
sys.path.insert(0, str(Path(__file__).parent.parent))
launcher = os.getppid()  # 启动这个进程的，是启动器

import numpy as np

from mnist_course.checkpoint import load_checkpoint, save_checkpoint
from mnist_course.model import linear_network, paddle
from mnist_course.training import squared_error

data, out = Path(sys.argv[1]), Path(sys.argv[2])
epochs, batch_size = int(sys.argv[3]), int(sys.argv[4])
saved = out / "saved.npz"

# 一、各个进程互相找到，每个进程得到一个编号
paddle.distributed.init_parallel_env()
rank = paddle.distributed.get_rank()
processes = paddle.distributed.get_world_size()

# 二、数据：所有进程打开同一个文件，采样器给每个进程分一片
images = np.load(data / "images.npy", mmap_mode="r")
labels = np.load(data / "labels.npy")
sampler = paddle.io.DistributedBatchSampler(
    labels, batch_size, shuffle=True
)


def reader(epoch, first_step):
    """Yield this process's batches, and the rows that they are made of."""
    sampler.set_epoch(epoch)  # 各个进程的乱序相同
    for rows in islice(sampler, first_step, None):  # 训练过的不再读
        yield images[rows] * np.float32(1 / 256), labels[rows], rows


# 三、网络：0 号进程从上次保存的地方继续，没有就从头开始
network = linear_network(seed=0)
optimizer = paddle.optimizer.SGD(0.001, parameters=network.parameters())
settings = {  # 第几步，只有这些不变才有意义
    "samples": len(labels),
    "batch_size": batch_size,
    "processes": processes,
}
position = 0, 0  # 从第几轮的第几步开始
if rank == 0:
    position = load_checkpoint(saved, network, optimizer, settings)
    if position != (0, 0):
        print("continue with epoch {}, step {}".format(*position))

position = paddle.to_tensor(position)
if processes > 1:
    paddle.distributed.broadcast(position, src=0)  # 告诉其他进程
first_epoch, first_step = position.tolist()
model = paddle.DataParallel(network)  # 参数也由 0 号发给其他进程

# 四、训练
read = []
for epoch in range(first_epoch, epochs):
    batches = reader(epoch, first_step)
    for step, (x, y, rows) in enumerate(batches, first_step + 1):
        answers = model(paddle.to_tensor(x))
        loss = squared_error(answers, paddle.to_tensor(y))
        loss.backward()  # 在这里等其他进程，把梯度取平均
        optimizer.step()
        optimizer.clear_grad()
        read += [(epoch, row) for row in rows]

        if os.getppid() != launcher:
            sys.exit("The launcher is gone: stopped.")
        if rank == 0 and (step % 100 == 0 or step == len(sampler)):
            print(f"epoch {epoch}, step {step}, loss {float(loss):.2f}")
            used = epoch, step
            save_checkpoint(saved, network, optimizer, used, settings)
    first_step = 0

# 五、留下读过的序号和最后的参数
if read:  # 已经训练完的，再启动一次，不盖掉原来的
    np.save(out / f"rank{rank}-read.npy", read)
weights = [tensor.numpy().ravel() for tensor in network.parameters()]
np.save(out / f"rank{rank}-weights.npy", np.concatenate(weights))
