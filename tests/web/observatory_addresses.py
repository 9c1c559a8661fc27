"""The addresses of the public site, and how to read its pages."""

import re

TABLE = "/resultats/asco-2025/domaines/"
INDICATOR = TABLE + "logement/"
FIGURE = INDICATOR + "fil/communes/ensemble/"
SECRET_FIGURE = INDICATOR + "fil/population/moins_500/"
PAGES = (
    "/",
    "/resultats/",
    TABLE,
    INDICATOR,
    "/resultats/asco-2025/abs/",
    "/resultats/asco-2025/epci/epci_action/",
    FIGURE,
    SECRET_FIGURE,
    "/resultats/asco-2025/codebook/",
    "/resultats/asco-2025/donnees/",
    "/resultats/asco-2025/evolutions/",
    "/resultats/asco-2025/explorer/",
    "/resultats/asco-2025/explorer/?tableau=prestations&indicateur=nature&indicateur=secours&domaines=total",
    "/resultats/asco-2025/croisements/",
    "/resultats/asco-2025/qualite/",
    "/resultats/asco-2025/versions/",
    "/resultats/asco-2025/rapport/",
    "/participation/",
    "/territoires/",
    "/territoires/?q=saint-denis",
    "/territoires/?q=zzqxw",
    "/territoires/69243/",
    "/methode/",
    "/methode/simulation/",
    "/secret-statistique/",
    "/donnees-personnelles/",
    "/accessibilite/",
    "/mentions-legales/",
    "/assistance/",
)


def text(response) -> str:
    """The words of a page: tags removed, spaces plain."""
    body = re.sub(r"<[^>]+>", " ", response.content.decode())
    return " ".join(body.replace("\u00a0", " ").replace("\u202f", " ").split())
