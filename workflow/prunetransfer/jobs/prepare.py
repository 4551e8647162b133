"""Jobs that prepare data: they make the artificial language, the encoder, and the token arrays of corpus and tasks."""

from collections.abc import Iterator

from prunetransfer.config.corpus import CorpusSettings
from prunetransfer.config.language import LanguageSettings
from prunetransfer.storage import paths

from .code import encoder_modules
from .job import Kind, Paths, Wildcards
from .settings.encoder import EncoderJobSettings
from .settings.task import TaskJobSettings


class Language(Kind):
    rule = "language"
    name = "language"

    def outputs(self) -> dict[str, str]:
        return {"manifest": self.in_study(paths.LANGUAGE)}

    def wildcards(self) -> Iterator[dict[str, str]]:
        sources = [*self.study.corpus.sources, *(task.source for task in self.study.task_definitions.values())]
        if any(source.source == "language" for source in sources):
            yield {}

    def settings(self, wildcards: Wildcards) -> LanguageSettings | None:
        return self.study.language

    def modules(self, wildcards: Wildcards) -> tuple[str, ...]:
        return ("data.language.write",)


class Prepare(Kind):
    """The code that kinds share which read texts, either from files or from the artificial language."""

    def language_or(self, source: str, files: list) -> Paths:
        """The inputs of a job that reads a source: the manifest of the artificial language, or `files` as paths.

        A data set has no files that a rule could list, so its `files` are empty.
        """
        if source == "language":
            return {"language": [self.in_study(paths.LANGUAGE)]}
        return {"texts": [str(file) for file in files]}

    def language_options(self, wildcards: Wildcards) -> list[str]:
        """The command's option for the artificial language, if the job reads it."""
        return [f"--language {manifest}" for manifest in self.inputs(wildcards).get("language", [])]

    def corpus_texts(self) -> Paths:
        found: Paths = {}
        for source in self.study.corpus.sources:
            files = source.files if source.source == "files" else []
            for name, listed in self.language_or(source.source, files).items():
                found[name] = list(dict.fromkeys([*found.get(name, []), *listed]))
        return found


class Encoder(Prepare):
    rule = "encoder"
    name = "encoder"

    def outputs(self) -> dict[str, str]:
        return {"manifest": self.in_study(paths.ENCODER)}

    def inputs(self, wildcards: Wildcards) -> Paths:
        return self.corpus_texts() if self.study.encoder.source == "fresh" else {}

    def settings(self, wildcards: Wildcards) -> EncoderJobSettings:
        fresh = self.study.encoder.source == "fresh"
        return EncoderJobSettings(
            encoder=self.study.encoder,
            corpus=self.study.corpus.sources if fresh else None,
            max_documents=self.study.corpus.max_documents if fresh else None,
        )

    def modules(self, wildcards: Wildcards) -> tuple[str, ...]:
        return encoder_modules(self.study.encoder.architecture)


class Corpus(Prepare):
    rule = "corpus"
    name = "corpus"

    def outputs(self) -> dict[str, str]:
        return {"manifest": self.in_study(paths.CORPUS)}

    def inputs(self, wildcards: Wildcards) -> Paths:
        return {"encoder": [self.in_study(paths.ENCODER)], **self.corpus_texts()}

    def settings(self, wildcards: Wildcards) -> CorpusSettings:
        return self.study.corpus

    def modules(self, wildcards: Wildcards) -> tuple[str, ...]:
        return ("data.corpus",)


class Task(Prepare):
    rule = "task"
    name = "tasks/{task}"

    def outputs(self) -> dict[str, str]:
        return {"manifest": self.in_study(paths.TASK)}

    def wildcards(self) -> Iterator[dict[str, str]]:
        for task in self.study.tasks:
            yield {"task": task}

    def inputs(self, wildcards: Wildcards) -> Paths:
        source = self.study.task_definitions[wildcards["task"]].source
        files = [source.train, source.dev] if source.source == "files" else []
        return {"encoder": [self.in_study(paths.ENCODER)], **self.language_or(source.source, files)}

    def settings(self, wildcards: Wildcards) -> TaskJobSettings:
        task = wildcards["task"]
        return TaskJobSettings(
            name=task, task=self.study.task_definitions[task], max_length=self.study.finetuning.max_length
        )

    def modules(self, wildcards: Wildcards) -> tuple[str, ...]:
        return ("data.task",)
