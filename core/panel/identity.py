"""One digest for everything that a panel holds."""

import hashlib
import json

from .action_rows import as_csv
from .ending_rows import as_csv as endings_as_csv
from .panel import Panel


def identity_of(panel: Panel) -> str:
    """Return a digest of everything that a panel holds, 32 hexadecimal digits."""
    digest = hashlib.blake2b(digest_size=16)
    head = panel.symbols, panel.source, dict(panel.imputed), panel.synthetic, panel.industries, as_csv(panel.actions)
    head += (endings_as_csv(panel.endings),) if panel.endings else ()
    digest.update(json.dumps(head, sort_keys=True).encode())
    digest.update(panel.sessions.tobytes())
    for name in sorted(panel.fields):
        digest.update(name.encode())
        digest.update(panel[name].data.cast("B"))
    return digest.hexdigest()
