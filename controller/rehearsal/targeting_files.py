"""Customs' own files for a rehearsal or a demo: targeting rules, and a secret for the draw that is no secret here.

One rule: made up; a site's files are customs' and come from nowhere else.
"""

import hashlib
from pathlib import Path

RULES_NAME, SECRET_NAME = "targeting.toml", "selection.secret"
RULES = """\
# Made up for rehearsals. What a site's file holds, and who keeps it: docs/targeting.md
version = "rehearsal-1"
random_permille = {permille}

[[rules]]
id = "R-001"
text = "vacuum flasks of one trader"
hs_prefixes = ["9617"]
traders = ["4403160K8M"]
"""


def write_targeting(folder: Path, seed: str, permille: int = 50) -> None:
    """Both files, readable by their owner alone; the same seed draws the same cartons, `permille` of a thousand."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    (folder / RULES_NAME).write_text(RULES.format(permille=permille), encoding="utf-8")
    secret = folder / SECRET_NAME
    secret.write_bytes(hashlib.sha256(seed.encode()).digest())
    secret.chmod(0o600)
