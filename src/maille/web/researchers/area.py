"""The restricted area: the licence to sign, the files granted, what is asked to be taken out."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from maille.catalogue import DatasetNotFound
from maille.pipeline.research import LARGEST, research_files
from maille.web.accounts.access import RESEARCHER, staff_of
from maille.web.accounts.models import AuditEvent
from maille.web.exports import attached, csv_download
from maille.web.researchers.checking import OutputUnreadable, judge, judged_rows, read_table, released_rows
from maille.web.researchers.forms import FILES, OutputForm, SignatureForm
from maille.web.researchers.licence import licence
from maille.web.researchers.models import Access, Download, Output
from maille.web.store import open_store

researcher = staff_of(RESEARCHER)


def _mine(request: HttpRequest, pk: int) -> Access:
    return get_object_or_404(Access, pk=pk, user=request.user, granted=True)


def _open(request: HttpRequest, pk: int) -> Access:
    """Return an access of this person that is signed, in time and not revoked; anything else is not found."""
    access = _mine(request, pk)
    if access.state(timezone.localdate()) != "open":
        raise Http404
    return access


def _described(access: Access) -> dict[str, object]:
    state = access.state(timezone.localdate())
    files = []
    if state == "open":
        files = [
            {
                "universe": universe,
                "title": FILES[universe],
                "rows": research_files(open_store(), access.edition, universe),
            }
            for universe in access.universes
        ]
    return {"access": access, "state": state, "files": files}


@researcher
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    accesses = Access.objects.filter(user=request.user, granted=True)
    return render(
        request, "researchers/home.html", {"section": "fichiers", "rows": [_described(one) for one in accesses]}
    )


@researcher
@require_http_methods(["GET", "HEAD", "POST"])
def sign(request: HttpRequest, pk: int) -> HttpResponse:
    access, text = _mine(request, pk), licence()
    form = SignatureForm(request.POST if request.method == "POST" else None)
    unsigned = access.state(timezone.localdate()) == "unsigned"
    if unsigned and form.is_bound and form.is_valid():
        access.licence_version, access.licence_sha256 = text.version, text.sha256
        access.signed_name, access.signed_at = form.cleaned_data["name"], timezone.now()
        access.save(update_fields=["licence_version", "licence_sha256", "signed_name", "signed_at"])
        detail = f"accès {access.pk}, version {text.version}, {text.sha256[:12]}"
        AuditEvent.record(request.user.get_username(), "licence signée", at=access.signed_at, detail=detail)
        messages.success(request, "La licence est signée : les fichiers sont ouverts.")
        return redirect("researchers:home")
    context = {"section": "fichiers", "access": access, "licence": text, "form": form, "has_errors": bool(form.errors)}
    return render(
        request, "researchers/sign.html", context | {"unsigned": unsigned}, status=422 if form.errors else 200
    )


@researcher
@require_safe
def download(request: HttpRequest, pk: int, *, universe: str, file: str) -> HttpResponse:
    """Give a file as it was made, and write down that it left, before a byte of it does."""
    access = _open(request, pk)
    if universe not in access.universes:
        raise Http404
    try:
        content = open_store().file(f"research/{access.edition}/files-{universe}", file)
    except DatasetNotFound as error:
        raise Http404 from error
    listed = {str(row["file"]): str(row["sha256"]) for row in research_files(open_store(), access.edition, universe)}
    now, who = timezone.now(), request.user.get_username()
    Download.objects.create(access=access, who=who, file=file, sha256=listed[file], at=now)
    AuditEvent.record(who, "fichier téléchargé", at=now, detail=f"accès {access.pk}, {file}, {listed[file][:12]}")
    return attached(HttpResponse(content, content_type="application/octet-stream"), file)


def _checked(form: OutputForm, access: Access) -> Output | None:
    """Return the output read and judged, not saved; None, with the error on the form, when it cannot be."""
    given = form.cleaned_data
    if given["universe"] not in access.universes:
        form.add_error("universe", "Ce fichier ne vous est pas ouvert.")
        return None
    output = Output(access=access, asked_at=timezone.now())
    for name in ("universe", "title", "description", "measure"):
        setattr(output, name, given[name])
    output.variable = given["variable"] if given["measure"] != "count" else ""
    try:
        output.columns, output.rows = read_table(given["file"].name, given["file"].read())
        output.verdicts = judge(output)
    except OutputUnreadable as refused:
        form.add_error("file", " ".join(str(refused).split()))
        return None
    return output


@researcher
@require_http_methods(["GET", "HEAD", "POST"])
def outputs(request: HttpRequest, pk: int) -> HttpResponse:
    access = _open(request, pk)
    form = OutputForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        output = _checked(form, access)
        if output is not None:
            output.save()
            who = request.user.get_username()
            AuditEvent.record(
                who, "sortie demandée", at=output.asked_at, detail=f"accès {access.pk}, sortie {output.pk}"
            )
            return redirect("researchers:output", pk=output.pk)
    context = {
        "section": "sorties",
        "access": access,
        "form": form,
        "has_errors": bool(form.errors),
        "largest": LARGEST,
    }
    context["files"] = [(one, FILES[one]) for one in access.universes]
    return render(request, "researchers/outputs.html", context, status=422 if form.errors else 200)


def _mine_to_see(request: HttpRequest, pk: int) -> Output:
    output = get_object_or_404(Output.objects.select_related("access"), pk=pk, access__user=request.user)
    if output.access.state(timezone.localdate()) not in ("open", "expired"):
        raise Http404
    return output


@researcher
@require_safe
def output(request: HttpRequest, pk: int) -> HttpResponse:
    found = _mine_to_see(request, pk)
    return render(
        request, "researchers/output.html", {"section": "sorties", "output": found, "rows": judged_rows(found)}
    )


@researcher
@require_safe
def take_out(request: HttpRequest, pk: int) -> HttpResponse:
    """Give what was let out: inert texts, the cells kept in written « secret »."""
    found = _mine_to_see(request, pk)
    if not found.left:
        raise Http404
    who = request.user.get_username()
    AuditEvent.record(who, "sortie téléchargée", at=timezone.now(), detail=f"sortie {found.pk}")
    return csv_download(f"sortie-{found.pk}.csv", found.columns, released_rows(found))
