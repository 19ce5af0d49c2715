"""Change the solutions of exercises by rule, and print the changed ones that are told right.

    python tools/exercise_mutants.py [04 ...]

A survivor is a hole in the check, or does the same as the solution: then the part that is changed
stands, as it is printed, in the chapter's ``THE_SAME`` with the reason.
"""

import ast
import copy
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent)]
import exercises  # noqa: E402
from exercises.source import function, read  # noqa: E402

TURNED = {
    ast.Lt: [ast.LtE, ast.GtE],
    ast.LtE: [ast.Lt, ast.Gt],
    ast.Gt: [ast.GtE, ast.LtE],
    ast.GtE: [ast.Gt, ast.Lt],
    ast.Eq: [ast.NotEq],
    ast.NotEq: [ast.Eq],
    ast.In: [ast.NotIn],
    ast.Is: [ast.IsNot],
    ast.IsNot: [ast.Is],
    ast.Add: [ast.Sub],
    ast.Sub: [ast.Add],
    ast.Mult: [ast.Add],
    ast.FloorDiv: [ast.Mult],
    ast.Div: [ast.Mult],
    ast.And: [ast.Or],
    ast.Or: [ast.And],
}


def changes(node, parameters):
    """Yield what may stand in place of a node."""
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        yield from (ast.Constant(node.value + by) for by in (1, -1))
    elif isinstance(node, ast.Name) and node.id in parameters and isinstance(node.ctx, ast.Load):
        yield from (ast.Constant(value) for value in (0, 3, 20))
        yield ast.BinOp(node, ast.Add(), ast.Constant(1))
    elif isinstance(node, ast.Compare):
        for i, sign in enumerate(node.ops):
            for other in TURNED.get(type(sign), []):
                ops = [*node.ops[:i], other(), *node.ops[i + 1 :]]
                yield ast.Compare(node.left, ops, node.comparators)
    elif isinstance(node, (ast.BinOp, ast.BoolOp)):
        for other in TURNED.get(type(node.op), []):
            new = copy.copy(node)
            new.op = other()
            yield new
    elif isinstance(node, ast.Slice):
        yield ast.Slice(None, node.upper, node.step)
        yield ast.Slice(node.lower, None, node.step)
    elif isinstance(node, (ast.Assign, ast.AugAssign, ast.Expr, ast.If, ast.Return, ast.Raise)):
        yield ast.Pass()


def mutants(code):
    """Yield the code changed in one place, each way once."""
    tree = ast.parse(code)
    parameters = {arg.arg for arg in ast.walk(tree) if isinstance(arg, ast.arg)}
    seen = {ast.unparse(tree)}
    for number, node in enumerate(ast.walk(tree)):
        for change in changes(node, parameters):
            other = copy.deepcopy(tree)
            target = list(ast.walk(other))[number]
            text = ast.unparse(ast.fix_missing_locations(Put(target, change).visit(other)))
            if text not in seen:
                seen.add(text)
                yield text


class Put(ast.NodeTransformer):
    """Puts one node in the place of another."""

    def __init__(self, old, new):
        self.old, self.new = old, new

    def visit(self, node):
        """Return what stands in the node's place."""
        return self.new if node is self.old else self.generic_visit(node)


def right(exercise, code):
    """Say whether changed code is told right."""
    module = exercises.find(exercise.number)[1]
    solution, seconds = exercises.of_solution(exercise.number)
    try:
        answer = function(exercise, code)
        found = exercises.facts(exercise, module, answer, 1 + 5 * seconds, solution)
    except Exception:  # what is no Python, or returns the gap
        return False
    return exercises.alike(found, solution) == len(found) == len(solution)


def survivors(exercise, every=1):
    """Return the changed solutions that are told right and do not do the same."""
    same = getattr(exercises.find(exercise.number)[1], "THE_SAME", {}).get(exercise.name, {})
    tried = list(mutants(exercise.solution))[::every]
    other = [code for code in tried if not any(part in code for part in same)]
    return [code for code in other if right(exercise, code)], len(tried)


if __name__ == "__main__":
    import fill_exercises

    for path in fill_exercises.chosen(sys.argv[1:]):
        for exercise in read(path)[1]:
            if not path.with_suffix(".py").exists():
                continue
            alive, tried = survivors(exercise)
            print(f"{exercise.number}: {tried} tried, {len(alive)} told right", flush=True)
            print(*alive, sep="\n\n")
