"""The papers of a survey: the blank questionnaire, as a tagged PDF."""

from maille.forms.outline import outline
from maille.forms.typesetting import page, typeset
from maille.specs import Questionnaire


def blank_pdf(questionnaire: Questionnaire, *, simulated: bool, address: str = "") -> bytes:
    """Return a questionnaire to print and fill by hand, in words; ``address`` is where it is online."""
    about = {"simulated": simulated, "address": address}
    return typeset(page("blank"), inputs={"form": outline(questionnaire).as_json(), "about": about})
