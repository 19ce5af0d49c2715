"""What tests/gate_text.py and tests/test_chapters.py look up: words, names, sources of numbers."""

# Words for which the glossary has another.
RIVALS = {
    "您": "你",
    "资料集": "数据集",
    "训练集合": "训练集",
    "验证集合": "验证集",
    "测试集合": "测试集",
    "测试样本集": "测试集",
    "评估集": "测试集",
    "分割": "划分",
    "标注": "标签",
    "批量块": "小批量",
    "小批次": "小批量",
    "批大小": "批次大小",
    "批尺寸": "批次大小",
    "周期": "轮",
    "回合": "轮",
    "迭代轮次": "轮",
    "迭代次数": "步数",
    "洗牌": "乱序",
    "混洗": "乱序",
    "置乱": "乱序",
    "打散": "打乱",
    "索引": "序号或者下标",
    "次序": "顺序",
    "产生器": "生成器",
    "装载器": "数据读取器",
    "加载器": "数据读取器",
    "异步加载": "异步读取",
    "同步加载": "同步读取",
    "非同步": "异步",
    "缓存区": "缓冲区",
    "预读取": "预取",
    "预加载": "预取",
    "子进程": "工作进程",
    "吞吐率": "吞吐量",
    "时延": "延迟",
    "正确率": "准确率",
    "精确率": "准确率",
    "识别率": "准确率",
    "损失值": "损失",
    "代价函数": "损失",
    "学习速率": "学习率",
    "后向": "反向传播",
    "全联接": "全连接层",
    "灰度级": "灰度值",
    "引发": "抛出",
}

# Programs and licences, and the versions of them that the book names.
VERSIONS = {
    "Python": {"3", "3.10", "3.11", "3.13"},
    "飞桨": {"2.0", "2.6", "3"},
    "CC BY-SA": {"3.0"},
}

# Names that pages mention and that no code of ours has.
ELSEWHERE = {
    *["in_features", "out_features", "default_collate_fn", "pin_memory", "blocking", "synchronize"],
    *["DONTNEED", "freeze", "threadpoolctl", "threadpool_limits"],
    *["cmd", "export", "Shift"],
}

# Numbers of exercises that neither their code nor their chapter has.
IN_EXERCISES = {
    **dict.fromkeys(["21", "42"], "0.2: an example, doubled"),
    "34": "1.2: 3 and 4 without the comma between them",
    "500000000": "2.3: 50,000 x 10,000",
    "30": "3.1: the sum of the squares of 0 to 4",
    "8.7": "7.1: an answer",
    **dict.fromkeys(
        ["0.2", "0.7", "0.8", "0.9", "50", "70"], "10: shares, and what exercises/project.py makes"
    ),
    "1000000": "S.1: microseconds of a second",
}

# The numbers of pages and figures as they come, and where each is from: a notebook that prints it,
# a file that holds it, or what it is. One that changes or is new is to be looked at.
LOADING, EXAMPLE = "chapters/01-loading.ipynb", "an example"
NUMBERS = {
    "index.md": (
        "1 1 3 5 3 70000",
        {
            "1": "tests/test_chapters.py: 1/15 and 1/12 are what side-by-side prints",
            "70000": LOADING,
            **dict.fromkeys(["3", "5"], "img/handwriting.svg"),
        },
    ),
    "chapters/api.md": (
        "0 1 0 9",
        {
            "0": "mnist_course/validation.py",
            "1": "mnist_course/validation.py",
            "9": "mnist_course/dataset.py",
        },
    ),
    "chapters/glossary.md": (
        "0 9 28 28 0 0 0",
        {"0": LOADING, "9": LOADING, "28": "mnist_course/dataset.py"},
    ),
    "chapters/health.md": ("", {}),
    "chapters/run-online.md": (
        "64 2 1 10 6 2 0",
        {
            "64": "bits: start.py",
            "2": "tests/binder.sh: GB",
            "1": "tests/binder.sh: the processors that taskset leaves, one",
            "10": "minutes: what mybinder.org says",
            "6": "hours: what mybinder.org says",
            "0": "no worker processes",
        },
    ),
    "img/storage-structure.svg": (
        "50000 10000 10000 70000 784 28 28 256 0 1 0 9 5 0 4 70000 50000 10000 10000 784 28 28"
        " 0 9 0 0 0.25 0 0 5 1 0 0.5 0 1 0 2 0 0.375 0 2 4 256 0 1",
        {
            **dict.fromkeys(["0.25", "0.375", "0.5", "1", "2"], EXAMPLE),
            **dict.fromkeys(["0", "4", "5", "9", "28", "256", "784"], LOADING),
            **dict.fromkeys(["10000", "50000", "70000"], LOADING),
        },
    ),
    "img/chunks.svg": (
        "0 0 0 0 0 0 0 0 0 0",
        {"0": EXAMPLE},
    ),
    "img/broadcasting.svg": (
        "4 1 4 4 4 4 1 4 4 4 4 1 4 4 1 4 4 4 1",
        {"1": EXAMPLE, "4": EXAMPLE},
    ),
    "img/nested-function.svg": ("0 1 0 1", {"0": "the first epoch", "1": "the second"}),
    "img/data-pipeline.svg": (
        "100 70000 7 1 2 3 4 5 6 7 1 2 3 4 5 6 7 3 1 5 2 4 6 7 100 100 100 100",
        {
            **dict.fromkeys(["1", "2", "3", "4", "5", "6", "7"], "samples that are drawn"),
            "100": "chapters/05-batching.ipynb",
            "70000": LOADING,
        },
    ),
    "img/sync-vs-async.svg": (
        "2 3 1 1 2 2 3 3 15 1 5 2 1 0 2 1 2 3 11 10 11 4 1 1 2 2 3 3 1 2 3 4 5 2 2 3 4 5 1 2 3"
        " 0 11 15",
        dict.fromkeys(["0", "1", "2", "3", "4", "5", "10", "11", "15"], EXAMPLE),
    ),
}
