"""Counts an encoder's weights in a separate process, because counting needs torch, which plans and preflights don't import.

The process is `python -m prunetransfer.planning.counting CONFIG`, where CONFIG is the path of a config.json of transformers,
or an `EncoderSizes` as JSON. It prints the counts as JSON.
"""

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import NamedTuple

from .errors import PlanError


class WeightCount(NamedTuple):
    parameters: int
    """The number of all weights of the encoder and its pre-training heads. Tied weights count once."""
    prunable: int
    """The number of weights in prunable matrices."""


@cache
def counted(config: str) -> WeightCount:
    """Counts in another process, which takes some seconds. config: CONFIG of the module's docstring.

    Raises PlanError if the weights can't be counted.
    """
    done = subprocess.run((sys.executable, "-m", __name__, config), capture_output=True, text=True)
    if done.returncode:
        raise PlanError(f"encoder {config}: its weights can't be counted: {done.stderr.strip()}")
    return WeightCount(**json.loads(done.stdout.splitlines()[-1]))


def _count(config: str) -> dict[str, int]:
    from transformers import AutoConfig

    from prunetransfer.models.weight_count import count_weights_of

    from .model_config import model_config
    from .sizes import EncoderSizes

    if config.startswith("{"):
        return count_weights_of(model_config(EncoderSizes.model_validate_json(config)))
    return count_weights_of(AutoConfig.from_pretrained(Path(config).parent))


def main() -> None:
    from prunetransfer.errors import PruneTransferError

    try:
        print(json.dumps(_count(sys.argv[1])))
    except (PruneTransferError, ValueError) as error:  # ValueError: pydantic's and transformers'
        sys.exit(str(error))


if __name__ == "__main__":
    main()
