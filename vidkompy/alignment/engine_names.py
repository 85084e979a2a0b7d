"""Names of the engines, each that of its module in `engines`; a new engine adds its word.

The command line reads them for its help, which must not pay for what engines need.
"""

from typing import Literal

EngineName = Literal["precise", "fast", "mask", "border", "tunnel_full", "tunnel_mask", "hash"]
