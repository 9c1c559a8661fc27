"""Reading the cases of a specification from a text table."""


def rows(table: str) -> list[dict[str, str]]:
    """Return the rows of a table of cells between bars, by column name; separators are skipped."""
    lines = [line.strip() for line in table.strip().splitlines() if line.strip().startswith("|")]
    header, *body = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if set(line) - set("|-: ")]
    return [dict(zip(header, cells, strict=True)) for cells in body]


def section(page: str, title: str) -> str:
    """Return what stands under a title of a Markdown page, up to the next title."""
    after = page.split(f"{title}\n", 1)[1]
    return after.split("\n#", 1)[0]


def value(text: str) -> object:
    """Return the value written in a case: number, code, [several codes], or the words vrai, faux, inconnu."""
    words = {"vrai": True, "faux": False, "inconnu": None, "": None}
    if text in words:
        return words[text]
    if text.startswith("["):
        return tuple(item.strip() for item in text.strip("[]").split(","))
    try:
        return float(text) if "." in text else int(text)
    except ValueError:
        return text


def values(text: str) -> dict[str, object]:
    """Return the answers written in a case: « a = oui, d = [x, y] »."""
    found, depth, item = [], 0, ""
    for sign in text + ",":
        depth += {"[": 1, "]": -1}.get(sign, 0)
        if sign == "," and depth == 0:
            found.append(item)
            item = ""
        else:
            item += sign
    pairs = [pair.split("=") for pair in found if pair.strip()]
    return {name.strip(): value(content.strip()) for name, content in pairs}
