"""The simulated country, made once for all the tests of the room."""

import pytest

from maille.demo.epci import synthetic_epci
from maille.demo.population import synthetic_communes
from maille.territory import load_reference

SEED = 2025


@pytest.fixture(scope="session")
def communes(intercommunalites):
    return synthetic_communes(load_reference().communes, intercommunalites, seed=SEED)


@pytest.fixture(scope="session")
def intercommunalites():
    return synthetic_epci(load_reference().epci, seed=SEED)
