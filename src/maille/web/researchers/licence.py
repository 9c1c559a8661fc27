"""The licence to sign: a versioned text of the specifications, and its print."""

from dataclasses import dataclass

from django.conf import settings

from maille.catalogue import sha256


@dataclass(frozen=True)
class Licence:
    """The title, the version, the articles, and the print of the whole file."""

    title: str
    version: str
    articles: tuple[str, ...]
    sha256: str


def licence() -> Licence:
    content = (settings.MAILLE_SPECS / "research" / "licence.md").read_bytes()
    _, head, text = content.decode().split("---\n", 2)
    said = dict(line.split(": ", 1) for line in head.splitlines())
    articles = tuple(line.split(". ", 1)[1] for line in text.splitlines() if line.strip())
    return Licence(said["title"], said["version"].strip('"'), articles, sha256(content))
