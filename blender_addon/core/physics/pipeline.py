"""From a motion to one with weight."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..jobs import OnProgress, Progress
from .request import OnPose, PhysicsRequest, PhysicsResult


class PhysicsPipeline:
    """Simulates characters.

    Args:
        policy: runs the learned policy; None where there is none.
        threads: of the processor; the result does not depend on it.
    """

    def __init__(self, policy: object | None = None, threads: int = 2) -> None:
        self._policy, self._threads = policy, threads

    def generate(
        self,
        requests: Sequence[PhysicsRequest],
        on_progress: Progress | OnProgress | None = None,
        on_pose: OnPose | None = None,
    ) -> Iterator[PhysicsResult]:
        """The motion of each, in order.

        Args:
            requests: whom.
            on_progress: given how much is done; may cancel.
            on_pose: given poses of the first as they become final: simulation is causal.

        Raises:
            Cancelled: the job was cancelled.
            PhysicsError: nothing can be simulated here, or not this.
        """
        raise NotImplementedError
