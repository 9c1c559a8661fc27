"""The house keeps its budgets: sizes of files and functions, names, depth, docstrings."""

import ast
import statistics
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "maille"
FILES = sorted(path for path in SOURCE.rglob("*.py") if "migrations" not in path.parts)
FORBIDDEN = {"utils", "helpers", "common", "misc", "core", "base", "manager", "service"}


def functions(path: Path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef):
            yield node


def code_lines(node: ast.FunctionDef) -> int:
    """Lines of a function without its docstring: documentation has no budget."""
    documented = ast.get_docstring(node, clean=False)
    return node.end_lineno - node.lineno + 1 - (documented.count("\n") + 1 if documented else 0)


def quantile(values: list[int], share: float) -> int:
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]


def test_files_stay_short():
    sizes = {path.relative_to(SOURCE).as_posix(): len(path.read_text().splitlines()) for path in FILES}
    assert {name: size for name, size in sizes.items() if size > 400} == {}
    assert quantile(list(sizes.values()), 0.9) <= 250


def test_functions_stay_short():
    sizes = {
        f"{path.relative_to(SOURCE)}:{node.name}": (code_lines(node), 60 if "stats" in path.parts else 50)
        for path in FILES
        for node in functions(path)
    }
    assert {name: size for name, (size, limit) in sizes.items() if size > limit} == {}
    counted = [size for size, _limit in sizes.values()]
    assert statistics.median(counted) <= 8
    assert quantile(counted, 0.9) <= 30


def test_functions_take_few_parameters():
    crowded = {}
    for path in FILES:
        for node in functions(path):
            positional = [argument for argument in node.args.args if argument.arg not in {"self", "cls"}]
            total = len(positional) + len(node.args.kwonlyargs)
            limit = 14 if "stats" in path.parts else 6
            if len(positional) > 3 or total > limit:
                crowded[f"{path.relative_to(SOURCE)}:{node.name}"] = (len(positional), total)
    assert crowded == {}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_a_module_has_a_real_name_and_lives_in_its_room(path: Path):
    relative = path.relative_to(SOURCE)
    assert not FORBIDDEN & {part.removesuffix(".py") for part in relative.parts}
    depth = len(relative.parts) - (1 if relative.parts[0] == "web" else 0)
    assert depth <= 2, "room/module, no deeper"


def public(tree: ast.Module):
    """Public functions and classes of a module, and the public methods of its public classes."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from public(node)


def test_every_room_and_public_function_outside_web_says_what_it_does():
    silent = []
    for path in FILES:
        relative = path.relative_to(SOURCE)
        if relative.parts[0] == "web":
            continue
        tree = ast.parse(path.read_text())
        if path.name != "__init__.py" or relative.parts[0] in {room.name for room in SOURCE.iterdir()}:
            silent += [str(relative)] if not ast.get_docstring(tree) else []
        silent += [f"{relative}:{node.name}" for node in public(tree) if not ast.get_docstring(node)]
    assert silent == []


def test_no_registry_host_and_no_machine_path_is_committed():
    hosts = ("pypi" + ".org", "files.python" + "hosted", "registry.npm" + "js", "deb.deb" + "ian")
    paths = ("/wo" + "rk/", "/ro" + "ot/")
    kept = [ROOT / name for name in ("src", "tests", "docs", "specs", "bench", "deploy", ".ci")]
    files = [path for folder in kept for path in folder.rglob("*") if path.suffix in TEXT and path.is_file()]
    files += [path for path in ROOT.glob("*") if path.is_file() and path.name != ".git"]
    found = [
        (path.relative_to(ROOT).as_posix(), word)
        for path in files
        for word in (*hosts, *paths)
        if word in path.read_text(errors="ignore")
    ]
    assert found == []


TEXT = {".py", ".md", ".yaml", ".toml", ".sh", ".txt", ".json", ".html", ".css", ".js", ""}
