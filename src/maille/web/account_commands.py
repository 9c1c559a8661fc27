"""The commands on the accounts of the staff: ``maille account``."""

from typing import Annotated

import typer

from maille.errors import UserError

account_app = typer.Typer(help="Les comptes de l'équipe.")


class NotADemonstration(UserError):
    """The second factor of a real account is read on the telephone of its owner only."""


@account_app.command("add")
def account_add(
    username: str,
    role: Annotated[str, typer.Option(help="methodologue, gestionnaire, assistance ou observateur.")] = "methodologue",
) -> None:
    """Créer un compte, ou lui redonner un mot de passe, demandé sans l'afficher."""
    from maille.web.serve import prepare

    prepare()
    from maille.web.accounts.people import add_checked

    password = typer.prompt("Mot de passe", hide_input=True, confirmation_prompt="Le même, une seconde fois")
    add_checked(username, password, role)
    typer.echo(f"Le compte {username} est prêt. Il réglera son second facteur à la première connexion.")


@account_app.command("code")
def account_code(username: str) -> None:
    """Donner le code du second facteur d'un compte de démonstration."""
    from maille.web.serve import prepare

    prepare()
    from maille.web.accounts.people import current_code
    from maille.web.campaigns.models import Edition

    simulated = list(Edition.objects.values_list("simulated", flat=True))
    if not simulated or not all(simulated):
        raise NotADemonstration(
            "ce site n’est pas celui d’une démonstration.",
            hint="un vrai second facteur ne se lit que sur le téléphone de la personne.",
        )
    typer.echo(current_code(username))
