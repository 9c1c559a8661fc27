"""The size bands as the staff read them."""

import re

from maille.web.typography import number


def band_rank(code: str) -> tuple[int, str]:
    """Order the bands by size: ``moins_500`` first, ``10000_plus`` last."""
    lower = re.match(r"(\d+)", code)
    return (int(lower.group()) if lower else 0, code)


def band_label(code: str) -> str:
    """Write ``500_1499`` as « 500 à 1 499 »; a code that is not a band stays as it is."""
    numbers = [number(int(part)) for part in re.findall(r"\d+", code)]
    if len(numbers) == 2:
        return f"{numbers[0]} à {numbers[1]}"
    if len(numbers) == 1 and code.startswith("moins"):
        return f"Moins de {numbers[0]}"
    if len(numbers) == 1 and code.endswith("plus"):
        return f"{numbers[0]} et plus"
    return code
