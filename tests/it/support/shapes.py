"""Objects of every kind with one slip of shape each, and what kubernetes-validate says of them.

    shapes.py COUNT [SEED]

Prints one JSON object a line: {"object", "way", "refused", "field"}. Objects are made of the published schemas of all kinds in stable
versions, then one field is given another type, or a name is misspelt or added. `field` is the place of the slip. Fields are not left out: what
servers demand is not what the schemas call required.
"""
import copy, importlib.resources, json, random, re, sys

import jsonschema
import referencing

COUNT, SEED = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1
HOME = importlib.resources.files("kubernetes_validate").joinpath("kubernetes-json-schema")
VERSION = max((d.name for d in HOME.iterdir() if d.name.endswith("-strict")), key=lambda name: [int(n) for n in re.findall(r"\d+", name)[:3]])
FOLDER = HOME.joinpath(VERSION)
DEFS = json.loads(FOLDER.joinpath("_definitions.json").read_text())
REGISTRY = referencing.Resource.from_contents(DEFS) @ referencing.Registry()
DEEPEST = 9
VALUES = {"name": "a", "image": "a", "kind": "A", "apiVersion": "v1"}


def resolve(schema):
    while "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        schema = DEFS["$defs"][name]
    return schema


def types(schema):
    ty = schema.get("type", [])
    return [one for one in ([ty] if isinstance(ty, str) else ty) if one != "null"]


def make(schema, key, depth, rng):
    """A value of a schema, with about half of the fields that need not be there."""
    schema = resolve(schema)
    if "enum" in schema:
        return next(one for one in schema["enum"] if one is not None)
    for choice in ("oneOf", "anyOf"):
        if choice in schema and not types(schema):
            return make(schema[choice][0], key, depth, rng)
    ty = (types(schema) or ["object" if "properties" in schema else "any"])[0]
    if ty == "object" and "properties" in schema:
        needed = set(schema.get("required") or []) | ({"apiVersion", "kind", "metadata"} if depth == 0 else set())
        likely = 0 if depth >= DEEPEST else 0.8 if depth < 2 else 0.4
        fields = [field for field in schema["properties"] if field in needed or rng.random() < likely]
        # The server's own writing is not judged.
        return {field: make(schema["properties"][field], field, depth + 1, rng) for field in fields if depth or field != "status"}
    if ty == "object":
        inner = schema.get("additionalProperties")
        return {"a": make(inner, key, depth + 1, rng)} if isinstance(inner, dict) and depth < DEEPEST else {}
    if ty == "array":
        return [make(schema["items"], key, depth + 1, rng)] if depth < DEEPEST else []
    if ty == "boolean":
        return True
    if ty in ("integer", "number"):
        return 1
    if ty == "any":
        return {}
    return {"date-time": "2026-01-31T12:00:00Z", "byte": "YQ=="}.get(schema.get("format"), VALUES.get(key, "a"))


def places(value, schema, way=()):
    """Every value below an object with its schema and the way to it."""
    schema = resolve(schema)
    yield way, value, schema
    if isinstance(value, dict):
        for key, inner in value.items():
            below = (schema.get("properties") or {}).get(key) or schema.get("additionalProperties")
            if isinstance(below, dict):
                yield from places(inner, below, (*way, key))
    elif isinstance(value, list) and isinstance(schema.get("items"), dict):
        for at, inner in enumerate(value):
            yield from places(inner, schema["items"], (*way, at))


def at(root, way):
    for step in way:
        root = root[step]
    return root


def spoil(thing, schema, rng):
    """The object with one slip, the kind of slip and its place."""
    thing = copy.deepcopy(thing)
    ways = [one for one in places(thing, schema) if one[0] and one[0][0] not in ("apiVersion", "kind")]
    kind = rng.choice(["type", "type", "unknown", "misspelt"])
    structs = [one for one in ways if isinstance(one[1], dict) and one[2].get("properties")]
    if kind == "type" or not structs:
        # Of a schema or a truth value the published schemas say no type.
        way, value, inner = rng.choice([one for one in ways if types(one[2]) or "enum" in one[2]])
        others = [{"zz": 1}, ["zz"], "zz", 7, 1.5, True]
        others = [one for one in others if type(one) is not type(value)]
        at(thing, way[:-1])[way[-1]] = rng.choice(others)
        return thing, "type", way
    way, value, inner = rng.choice(structs)
    target = at(thing, way)
    if kind == "unknown":
        target["zzunknown"] = 1
        return thing, kind, (*way, "zzunknown")
    keys = [key for key in target if way or key not in ("apiVersion", "kind", "metadata")]
    if not keys:
        return None
    key = rng.choice(keys)
    cut = rng.randrange(len(key))
    target[key[:cut] + key[cut] + key[cut:]] = target.pop(key)
    return thing, kind, (*way, key)


def main():
    rng = random.Random(SEED)
    kinds = []
    for path in sorted(FOLDER.iterdir(), key=lambda path: path.name):
        if path.name.startswith("_") or path.name.endswith("list-v1.json") or path.name == "all.json":
            continue
        schema = json.loads(path.read_text())
        fields = schema.get("properties") or {}
        stable = re.search(r"-v\d+\.json$", path.name)
        if stable and "enum" in fields.get("kind", {}) and "Status" not in fields["kind"]["enum"] and "enum" in fields.get("apiVersion", {}) and "metadata" in fields and "items" not in fields:
            kinds.append(schema)
    validators = [jsonschema.Draft202012Validator(schema, registry=REGISTRY) for schema in kinds]
    told = 0
    while told < COUNT:
        for schema, validator in zip(kinds, validators):
            thing = make(schema, "", 0, rng)
            if not isinstance(thing.get("metadata"), dict) or not validator.is_valid(thing):
                continue
            thing["metadata"] = {"name": "a", **{k: v for k, v in thing["metadata"].items() if k in ("labels", "annotations")}}
            spoilt = spoil(thing, schema, rng)
            if spoilt is None:
                continue
            thing, kind, way = spoilt
            print(json.dumps({"object": thing, "way": kind, "refused": not validator.is_valid(thing), "field": ".".join(str(step) for step in way if isinstance(step, str))}))
            told += 1
            if told == COUNT:
                return


main()
