import pytest

from maille.specs import SpecInvalid, load_campaign, load_message, load_messages

HEAD = '---\ntitle: "Essai"\nkind: email\nsubject: "Pour ${collectivite}"\n---\n'


def written(tmp_path, body, head=HEAD):
    path = tmp_path / "essai.md"
    path.write_text(head + body)
    return path


def problems(path):
    with pytest.raises(SpecInvalid) as refused:
        load_message(path)
    return refused.value.problems


def test_a_message_is_filled_for_the_page_the_letter_and_the_e_mail(tmp_path):
    template = load_message(written(tmp_path, "Bonjour **${nom}**,\n\n- un\n- deux ${lien}\n\nFin\n"))
    filled = template.fill({"collectivite": "Tarare\nBcc: x", "nom": "Léa", "lien": "https://x/_a_b_"})
    assert filled.subject == "Pour Tarare Bcc: x"
    assert filled.text == "Bonjour Léa,\n\n- un\n- deux https://x/_a_b_\n\nFin\n"
    assert [(run.text, run.strong) for run in filled.blocks[0].runs] == [
        ("Bonjour ", False),
        ("Léa", True),
        (",", False),
    ]


def test_what_fills_a_blank_is_text_and_never_markdown(tmp_path):
    filled = load_message(written(tmp_path, "Pour ${nom}.")).fill({"collectivite": "x", "nom": "**<b>** ${code}"})
    assert filled.text == "Pour **<b>** ${code}.\n"


def test_an_unknown_blank_is_refused_with_its_line_and_column(tmp_path):
    (problem,) = problems(written(tmp_path, "Un\n\nPour ${colectivite}\n"))
    assert (problem.line, problem.column) == (8, 6)
    assert "collectivite" in problem.hint


@pytest.mark.parametrize("body", ["coûte 3 $", "pour ${collectivite", "pour ${la collectivite}"])
def test_a_blank_left_open_is_refused(tmp_path, body):
    assert problems(written(tmp_path, body))[0].line == 6


@pytest.mark.parametrize(
    ("head", "line"),
    [("", 1), (HEAD.replace("email", "fax"), 3), (HEAD.replace("subject", "sujet"), 4)],
)
def test_a_header_is_checked(tmp_path, head, line):
    assert line in [problem.line for problem in problems(written(tmp_path, "Texte", head))]


def test_a_message_that_says_nothing_is_refused(tmp_path):
    assert "texte" in problems(written(tmp_path, "\n"))[0].message


def test_the_messages_and_the_conduct_of_the_survey_are_valid(root):
    folder = root / "specs/messages/asco-2025"
    messages, campaign = load_messages(folder), load_campaign(folder)
    assert {"invitation", "part-terminee", "lien", "code-remplace", "prolongation"} <= set(messages)
    assert [name for name, one in messages.items() if "code" in one.blanks] == [
        "annonce",
        "code-remplace",
        "relance-courrier",
    ]
    assert campaign.audiences["jamais_ouvert"].status == ("never_opened",)


def test_a_conduct_that_names_no_message_is_refused(tmp_path, root):
    text = (root / "specs/messages/asco-2025/campaign.yaml").read_text()
    (tmp_path / "campaign.yaml").write_text(text)
    with pytest.raises(SpecInvalid, match="annonce"):
        load_campaign(tmp_path)
