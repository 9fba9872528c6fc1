"""Which XID events mean that a GPU cannot be delivered.

Source: NVIDIA, "Analyzing Xid Errors with the Xid Catalog"
(https://docs.nvidia.com/deploy/xid-errors/analyzing-xid-catalog.html), column
"Resolution Bucket (Immediate Action)", for Ampere and newer. An XID is listed here when that action is
RESET_GPU, RESTART_BM or RESTART_VM, or a workflow that the page itself says ends in a reset, reboot or drain (48, 74).
Not listed, on purpose:
- RESTART_APP and IGNORE (13, 31, 43, 45, 63, 92, 94, ...): the tenant's program or an event the GPU dealt with itself.
- 144 to 150 (NVLink 5): reset or ignore depending on register bits that no counter carries; the reset cases are
  reported beside them as 48 or by the recovery action.
- 154: says that the recovery action changed, also back to "None"; the recovery action itself is read instead.
"""

from __future__ import annotations

from enum import Enum
from typing import Final


class Remedy(Enum):
    """What NVIDIA's catalog says to do at once."""

    RESET = "reset the GPU"
    REBOOT = "reboot the machine"
    RESTART_VM = "restart the virtual machine"
    DRAIN_OR_RESET = "drain and reset the GPU"


REMEDIES: Final[dict[int, Remedy]] = {
    46: Remedy.RESET,  # GPU stopped processing
    48: Remedy.DRAIN_OR_RESET,  # double bit ECC error
    62: Remedy.RESET,  # internal micro-controller halt
    64: Remedy.RESET,  # row remapping failure
    74: Remedy.RESET,  # NVLink error (Ampere, Hopper)
    79: Remedy.REBOOT,  # GPU has fallen off the bus
    95: Remedy.RESET,  # uncontained memory error
    109: Remedy.RESET,  # context switch timeout
    110: Remedy.RESET,  # security fault
    119: Remedy.RESET,  # GSP RPC timeout
    120: Remedy.RESET,  # GSP error
    136: Remedy.RESET,  # link training failed
    140: Remedy.RESET,  # unrecovered ECC error
    143: Remedy.RESET,  # GPU initialisation error
    151: Remedy.RESTART_VM,  # key rotation error
    155: Remedy.RESET,  # NVLink: software defined error
    156: Remedy.RESET,  # resource retirement event
    158: Remedy.RESET,  # GPU fatal timeout
}


def takes_gpu_out(xid: int) -> bool:
    """Whether a counted XID of this code means that the GPU is not deliverable until somebody acts."""
    return xid in REMEDIES
