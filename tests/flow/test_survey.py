"""The whole survey through the real command: done once, followed back, recomputed, interrupted, damaged."""

import json
import socket

import pytest

pytestmark = pytest.mark.xdist_group("flow")


def test_every_step_is_up_to_date_after_the_demonstration(maille):
    planned = json.loads(maille("plan", "--json").stdout)
    assert len(planned) >= 8
    assert [item["step"] for item in planned if item["reason"]] == []


@pytest.mark.database
def test_a_second_demonstration_recomputes_nothing(maille):
    again = maille("demo", "--small")
    assert again.returncode == 0, again.stderr
    planned = json.loads(maille("plan", "--json").stdout)
    assert [item["step"] for item in planned if item["reason"]] == []


def test_every_published_dataset_is_found_again_byte_for_byte(maille):
    verdicts = json.loads(maille("verify", "--json").stdout)
    assert len(verdicts) >= 5
    assert [verdict for verdict in verdicts if not verdict["identical"]] == []


def test_a_published_table_is_followed_to_raw_answers_and_frame_without_a_gap(maille):
    card = json.loads(maille("show", "disseminated/asco-2025/domaines", "--json").stdout)
    known = {ancestor["name"]: ancestor for ancestor in card["ancestry"]}
    assert {"collected/asco-2025/answers", "collected/asco-2025/sample", "territory/communes-2026"} <= set(known)
    for child in [card, *card["ancestry"]]:
        for parent in child["parents"]:
            assert known[parent["name"]]["checksum"] == parent["checksum"]
    assert card["confidentiality"] == "open"
    assert card["simulated"] is True


def test_show_tells_the_ancestry_in_words(maille):
    told = maille("show", "disseminated/asco-2025/domaines").stdout
    assert "collected/asco-2025/answers" in told
    assert "selon specs/samples/asco-2025.yaml" in told


def test_an_altered_published_dataset_is_named(copied):
    folder = copied.home / "datasets/disseminated/asco-2025/domaines"
    path = next(folder.glob("data.*.parquet"))
    path.write_bytes(path.read_bytes()[:-10])
    shown = copied("show", "disseminated/asco-2025/domaines")
    assert shown.returncode == 1
    assert "disseminated/asco-2025/domaines" in shown.stderr
    assert copied("run").returncode == 1


def test_verify_finds_what_was_changed_behind_the_chain(short):
    folder = short.home / "datasets/disseminated/asco-2025/abs"
    card_path = folder / "card.json"
    card = json.loads(card_path.read_text())
    csv = next(file for file in card["files"] if file["name"].endswith(".csv"))
    stored = next(folder.glob("abs.*.csv"))
    content = stored.read_bytes().replace(b"value", b"valve", 1)
    from maille.catalogue import sha256

    csv["checksum"] = sha256(content)
    stored.unlink()
    (folder / f"abs.{csv['checksum'][:12]}.csv").write_bytes(content)
    card_path.write_text(json.dumps(card))
    verdicts = short("verify", "--json")
    assert verdicts.returncode == 2
    changed = [verdict for verdict in json.loads(verdicts.stdout) if not verdict["identical"]]
    assert [(verdict["name"], verdict["difference"]) for verdict in changed] == [
        ("disseminated/asco-2025/abs", "abs.csv")
    ]


def test_a_changed_specification_reruns_only_what_depends_on_it(copied):
    path = copied.specs / "disclosure.yaml"
    path.write_text(path.read_text() + "\n# relu\n")
    stale = {item["step"] for item in json.loads(copied("plan", "--json").stdout) if item["reason"]}
    assert "analyse.protect:asco-2025" in stale
    assert not {f"{name}:asco-2025" for name in ("collect.sample", "process.weight", "analyse.estimate")} & stale


def test_an_invalid_specification_stops_everything_before_it_starts(copied):
    path = copied.specs / "samples" / "asco-2025.yaml"
    path.write_text(path.read_text() + "\nclef_inconnue: 3\n")
    checked = copied("check")
    assert checked.returncode == 1
    assert "asco-2025.yaml" in checked.stderr
    assert "clef_inconnue" in checked.stderr
    before = sorted(copied.home.rglob("*"))
    ran = copied("run")
    assert ran.returncode == 1
    assert sorted(copied.home.rglob("*")) == before


def test_a_port_in_use_is_one_clear_sentence(maille):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        served = maille("serve", "--port", str(taken.getsockname()[1]))
    assert served.returncode == 1
    assert "port" in served.stderr
    assert "Traceback" not in served.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("territory", "resolve", "69152", "--at", "2026-01-01", "--json"), 0, "69149"),
        (("territory", "resolve", "99999"), 1, "99999"),
        (("territory", "resolve", "69149", "--at", "hier"), 1, "hier"),
        (("show", "disseminated/absent"), 1, "disseminated/absent"),
        (("run", "inconnue"), 1, "inconnue"),
        (("commande-inconnue",), 1, "commande-inconnue"),
        (("check",), 0, "valides"),
    ],
)
def test_the_command_says_what_happened_and_returns_the_right_code(maille, arguments, code, said):
    done = maille(*arguments)
    assert done.returncode == code, done.stderr
    assert said in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
