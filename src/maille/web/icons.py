"""The signs of Maille: a losange for every state, drawn in the colour of the text beside it."""

_FULL = '<path d="M12 1 23 12 12 23 1 12Z" fill="currentColor"/>'
_HOLLOW = '<path d="M12 2.5 21.5 12 12 21.5 2.5 12Z" fill="none" stroke="currentColor" stroke-width="2"/>'
_SHAPES = {
    "done": _FULL + '<path class="icon-hole" d="m7.5 12.2 3.2 3.2 6-6.3" fill="none" stroke-width="2.4"/>',
    "started": _HOLLOW + '<path d="M12 2.5 2.5 12 12 21.5Z" fill="currentColor"/>',
    "todo": _HOLLOW,
    "confirm": _HOLLOW
    + '<path d="M9.8 10a2.3 2.3 0 1 1 3.2 2.1c-.7.3-1 .7-1 1.6" fill="none" stroke="currentColor" stroke-width="1.8"/>'
    + '<circle cx="12" cy="16.3" r="1.2" fill="currentColor"/>',
    "error": '<path d="M12 2 23 22H1Z" fill="currentColor"/>'
    + '<path class="icon-hole" d="M12 9v6" stroke-width="2.4"/><circle class="icon-dot" cx="12" cy="18.3" r="1.4"/>',
    "secret": '<path d="M2 2h20v20H2Z" fill="none" stroke="currentColor" stroke-width="2"/>'
    + '<path d="M7 7h.1M12 7h.1M17 7h.1M7 12h.1M12 12h.1M17 12h.1M7 17h.1M12 17h.1M17 17h.1" '
    + 'stroke="currentColor" stroke-width="2.6" stroke-linecap="square"/>',
    "unavailable": '<path d="M2 2h20v20H2Z" fill="none" stroke="currentColor" stroke-width="2"/>'
    + '<path d="M2 10 14 22M2 2l20 20M10 2l12 12" stroke="currentColor" stroke-width="2"/>',
    "pen": '<path d="m4 20 1-5L16.5 3.5l4 4L9 19Z" fill="none" stroke="currentColor" stroke-width="2"/>',
    "print": '<path d="M6 9V3h12v6M6 17H3V9h18v8h-3M6 14h12v7H6Z" fill="none" stroke="currentColor" stroke-width="2"/>',
}
_LOGO = (
    '<svg class="logo" viewBox="0 0 48 48" width="34" height="34" aria-hidden="true" focusable="false">'
    '<path d="M12 0 24 12 12 24 0 12ZM36 0 48 12 36 24 24 12ZM12 24 24 36 12 48 0 36ZM36 24 48 36 36 48 24 36Z" '
    'fill="none" stroke="currentColor" stroke-width="3.2"/>'
    '<path d="M24 12 36 24 24 36 12 24Z" fill="currentColor"/></svg>'
)
_MESH = {
    "done": '<path d="M17 1 33 17 17 33 1 17Z" class="mesh-full"/>'
    '<path class="mesh-check" d="m10.5 17.5 4.5 4.5 8.5-8.5" fill="none" stroke-width="2.4"/>',
    "started": '<path d="M17 1 33 17 17 33 1 17Z" class="mesh-line"/><path d="M17 1 1 17 17 33Z" class="mesh-full"/>',
    "error": '<path d="M17 1 33 17 17 33 1 17Z" class="mesh-error"/>'
    '<path class="mesh-mark" d="M17 9v10M17 22.2v3" stroke-width="2.8"/>',
    "confirm": '<path d="M17 1 33 17 17 33 1 17Z" class="mesh-line"/><path d="M17 1 1 17 17 33Z" class="mesh-full"/>',
    "todo": '<path d="M17 1 33 17 17 33 1 17Z" class="mesh-empty"/>',
}


def icon(name: str) -> str:
    """Return the sign as inline SVG, hidden from screen readers: the word beside it says the same."""
    if name == "logo":
        return _LOGO
    shape = _SHAPES[name]
    attributes = 'viewBox="0 0 24 24" width="15" height="15" aria-hidden="true" focusable="false"'
    return f'<svg class="icon" {attributes}>{shape}</svg>'


def mesh(states: list[str]) -> str:
    """Return the progress as a row of losanges, one a section; the sentence under it says the same."""
    width = 30
    drawn = "".join(
        f'<g transform="translate({place * width} 0)">{_MESH[state]}</g>' for place, state in enumerate(states)
    )
    total = (len(states) - 1) * width + 34
    return (
        f'<svg class="mesh" viewBox="0 0 {total} 34" width="{total}" height="34" aria-hidden="true" focusable="false">'
        f"{drawn}</svg>"
    )
