"""The questionnaire that the forms are tried on."""

import pytest

from maille.specs import Questionnaire
from unit.forms.rich import rich


@pytest.fixture(scope="session")
def questionnaire(tmp_path_factory) -> Questionnaire:
    return rich(tmp_path_factory.mktemp("specs"))
