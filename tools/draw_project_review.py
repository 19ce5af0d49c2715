"""Draw img/project-review.png, the solved project: python tools/draw_project_review.py."""

import sys
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))


from exercises.project import make_data  # noqa: E402
from exercises.review import review  # noqa: E402
from exercises.source import FOLDER, read  # noqa: E402
from mnist_course.plotting import use_chinese_font  # noqa: E402

names = {}
setup, exercises, _ = read(FOLDER / "10-project.md")
for code in [setup, *(exercise.solution for exercise in exercises)]:
    exec(code, names)
plt.switch_backend("agg")
use_chinese_font()
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder, "new.json.gz")
    make_data(path, seed=10)
    review(path, *(names[exercise.name] for exercise in exercises))
plt.savefig(ROOT / "img" / "project-review.png", dpi=150, pil_kwargs={"optimize": True})
