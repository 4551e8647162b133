"""The JSON schema of a configuration file, for editors."""

from .built_in import built_in_tasks
from .methods import ARM_DEFAULTS
from .study import Study


def file_schema() -> dict:
    """The JSON schema of a configuration file. Arms and tasks may leave out the keys that the loader fills in."""
    schema = Study.model_json_schema()
    filled_in = {"arms": ("Arm", ARM_DEFAULTS), "task_definitions": ("TaskSettings", built_in_tasks())}
    for key, (definition, defaults) in filled_in.items():
        whole, known = schema["$defs"][definition], {}
        for name, default in defaults.items():
            required = [field for field in whole["required"] if field not in default]
            part = f"{definition}Without{''.join(field.title() for field in whole['required'] if field in default)}"
            schema["$defs"][part] = {**whole, "required": required}
            known[name] = {"$ref": f"#/$defs/{part}"}
        # `patternProperties` is removed, because it would apply to the known names too.
        [(pattern, other)] = schema["properties"][key].pop("patternProperties").items()
        schema["properties"][key] |= {"properties": known, "additionalProperties": other}
        schema["properties"][key]["propertyNames"] |= {"pattern": pattern}
    return schema
