"""Ask Lunatic again: python tests/unit/forms/lunatic/ask.py FOLDER [QUESTIONNAIRE.md]. Writes verdict.json.

FOLDER holds the engine (README.md). With a questionnaire, only says where the engine and our rules differ.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[2]))

from maille.specs import load_questionnaire  # noqa: E402
from unit.forms.rich import rich  # noqa: E402
from unit.forms.test_lunatic_engine import VERDICT, cases, fingerprint, lunatic, ours, to_run  # noqa: E402


def main(engine: str, questionnaire: str | None = None) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        form = load_questionnaire(Path(questionnaire)) if questionnaire else rich(folder)
        (folder / "source.json").write_text(json.dumps(lunatic(form)))
        (folder / "cases.json").write_text(json.dumps(to_run(form)))
        command = ["node", str(HERE / "engine.cjs"), engine, str(folder / "source.json"), str(folder / "cases.json")]
        verdict = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    expected = [ours(form, answers, about) for answers, about in cases(form)]
    pairs = list(zip(expected, verdict["cases"], strict=True))
    different = sum(mine != theirs for mine, theirs in pairs)
    asked, failed = (sum(len(mine[what]) for mine, _theirs in pairs) for what in ("asked", "failed"))
    print(f"{verdict['engine']} : {len(pairs)} répondants, {asked} questions posées, {failed} contrôles déclenchés,")
    print(f"{different} différences, pages vides {verdict['blank']}, messages {verdict['said']}")
    if questionnaire is None:
        VERDICT.write_text(json.dumps({"run": fingerprint(form)} | verdict, ensure_ascii=False, indent=0) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
