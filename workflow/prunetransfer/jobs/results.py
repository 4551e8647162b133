"""Jobs that document a study's results: the resolved configuration, and the manifest of tables and figures."""

from collections.abc import Iterable

from prunetransfer.config.study import Study
from prunetransfer.storage import paths

from .job import Kind, Paths, Wildcards


class ResolvedConfig(Kind):
    rule = "resolved_config"
    name = "config"

    def outputs(self) -> dict[str, str]:
        return {"config": self.in_study(paths.RESOLVED_CONFIG)}

    def settings(self, wildcards: Wildcards) -> Study:
        return self.study


class StudyManifest(Kind):
    """The last job of a study. Writes the digests of tables and figures, which `prunetransfer verify` checks."""

    rule = "study_manifest"
    name = "manifest"

    def __init__(self, study: Study, listed: Iterable[str]):
        super().__init__(study)
        self._listed = list(listed)

    def outputs(self) -> dict[str, str]:
        return {"manifest": self.in_study(paths.MANIFEST)}

    def inputs(self, wildcards: Wildcards) -> Paths:
        return {"listed": self._listed, "config": [self.in_study(paths.RESOLVED_CONFIG)]}
