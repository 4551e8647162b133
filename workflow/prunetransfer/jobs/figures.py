"""Jobs that draw. A figure has a module of `prunetransfer.figures`, a caption in workflow/report, and an entry in FIGURES."""

from prunetransfer.config.base import Settings
from prunetransfer.storage import paths

from .files import Files, StudyFiles
from .job import Wildcards
from .reading import ReadingKind

# Figures are numbered as in the paper (Gordon et al. 2020).
FIGURES = {
    1: lambda files: {"table1": files.table("table1"), "averages": files.analysis("averages")},
    2: lambda files: {
        "table1": files.table("table1"),
        "information": files.analysis("information"),
        "features": files.analysis("features"),
        "published": files.published("table1"),
    },
    3: lambda files: {
        "mask_differences": files.analysis("mask_differences"),
        "settling": files.analysis("settling"),
    },
    4: lambda files: {
        "head_sparsity": files.analysis("head_sparsity"),
        "movement": files.analysis("movement"),
        "published": files.published("figure4_movement_by_epoch"),
    },
    5: lambda files: {"pruned_weights": files.analysis("pruned_weights")},
    6: lambda files: {"differences": files.analysis("differences")},
    7: lambda files: {"movement_bins": files.analysis("movement_bins")},
    8: lambda files: {"attention_map": files.analysis("attention_map")},
    9: lambda files: {
        "embedding_map": files.analysis("embedding_map"),
        "embedding_lengths": files.analysis("embedding_lengths"),
    },
}
FORMATS = ("png", "pdf", "csv")


class FigureKind(ReadingKind):
    """The kind of a figure, which has one job."""

    group = "figures"

    def __init__(self, number: int, files: StudyFiles):
        super().__init__(files)
        self.number = number
        self.rule = f"figure{number}"
        self.name = f"figures/figure{number}"

    def outputs(self) -> dict[str, str]:
        return {suffix: self.in_study(paths.FIGURE, number=self.number, format=suffix) for suffix in FORMATS}

    def reads(self) -> dict[str, Files]:
        return FIGURES[self.number](self.files)

    def settings(self, wildcards: Wildcards) -> Settings:
        return self.study.figures

    def modules(self, wildcards: Wildcards) -> tuple[str, ...]:
        return (f"figures.figure{self.number}",)
