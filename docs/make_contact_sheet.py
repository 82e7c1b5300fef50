"""Draw docs/phantoms-contact-sheet.png: phantom films of each finding, one with its place outlined.

python docs/make_contact_sheet.py
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from scipy.ndimage import binary_dilation

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from core.datasets.phantoms import PhantomConfig, PhantomFilm, display_8bit, make_film, make_patient  # noqa: E402

CONFIG = PhantomConfig(image_size=256, dose=40_000)
ROWS = ("none", "nodule", "consolidation", "effusion")
COLUMNS = 4
MARGIN = 22


def first_films(finding: str) -> list[PhantomFilm]:
    """The first films of the first patients with a finding."""
    found = []
    for number in range(CONFIG.n_patients):
        _, lesion = make_patient(CONFIG, number)
        if (lesion.finding if lesion else "none") == finding:
            found.append(make_film(CONFIG, number, 0))
        if len(found) == COLUMNS:
            break
    return found


def tile(film: PhantomFilm, *, outlined: bool) -> Image.Image:
    """A film, with the edge of its lesion in orange if asked."""
    picture = np.repeat(display_8bit(film)[..., None], 3, axis=2)
    if outlined:
        picture[binary_dilation(film.lesion_mask, iterations=2) & ~film.lesion_mask] = (255, 150, 30)
    return Image.fromarray(picture)


def main() -> None:
    """Draw the sheet: a row for each finding, its last film outlined."""
    side = CONFIG.image_size
    sheet = Image.new("RGB", (COLUMNS * side, len(ROWS) * (side + MARGIN)), "black")
    draw = ImageDraw.Draw(sheet)
    for row, finding in enumerate(ROWS):
        top = row * (side + MARGIN)
        title = "no finding" if finding == "none" else f"{finding} (at the right: outlined)"
        draw.text((6, top + 4), f"SIMULATED - {title}", fill="white", font=ImageFont.load_default(13))
        for column, film in enumerate(first_films(finding)):
            sheet.paste(tile(film, outlined=column == COLUMNS - 1), (column * side, top + MARGIN))
    sheet.save(ROOT / "docs" / "phantoms-contact-sheet.png", optimize=True)


if __name__ == "__main__":
    main()
