"""The settings of the job that tokenises a task."""

from prunetransfer.config.base import PositiveCount, Settings
from prunetransfer.config.task import TaskSettings


class TaskJobSettings(Settings):
    """Everything that a tokenised task depends on besides its input files and the encoder."""

    name: str
    task: TaskSettings
    max_length: PositiveCount
