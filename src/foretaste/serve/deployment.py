"""What is deployed: which model answers whom."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from foretaste.bundle import Bundle
from foretaste.bundle_folder import read_manifest
from foretaste.serve.problems import Refused
from foretaste.serve.served import Served
from foretaste.serve.settings import Settings


def load_served(folder: Path) -> Served:
    """Load a bundle for serving.

    Raises:
        ForetasteError: As `Bundle.load`.
    """
    return Served(Bundle.load(folder), folder.resolve().name, read_manifest(folder)["checksum"][:12])


@dataclass
class Deployment:
    """The models of a service.

    Args:
        main: Answers whoever gets no other.
        challenger: The second model.
        share: Of visitors that get it.
    """

    main: Served
    challenger: Served | None = None
    share: float = 0.0

    @classmethod
    def of(cls, settings: Settings) -> "Deployment":
        """Load what the settings name."""
        challenger = None if settings.challenger is None else load_served(settings.challenger)
        return cls(load_served(settings.bundle), challenger, settings.share)

    def listed(self) -> list[dict[str, Any]]:
        """Return what visitors may choose between."""
        if self.challenger is None:
            return [self.main.ref("main") | {"share": 1.0}]
        return [
            self.main.ref("main") | {"share": 1 - self.share},
            self.challenger.ref("challenger") | {"share": self.share},
        ]

    def choose(self, visitor: str | None, model: str | None) -> tuple[str, Served]:  # noqa: ARG002
        """Return the arm and the model that answer somebody.

        Raises:
            Refused: No such model is served.
        """
        if model is None:
            return "main", self.main
        for arm, served in (("main", self.main), ("challenger", self.challenger)):
            if served is not None and served.name == model:
                return arm, served
        raise Refused(404, f'no model "{model[:100]}" is served', "see /v1/models")
