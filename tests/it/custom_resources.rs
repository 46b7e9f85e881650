//! Custom resources are judged by the definitions in the input: what is found, where exactly, and what is not.

use wplint::finding::Severity;
use wplint::lint::lint_texts;
use wplint::run::{Reported, Run};
use wplint::settings::Settings;

const CRD: &str = "\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: shops.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Shop, plural: shops}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        required: [spec]
        properties:
          spec:
            type: object
            required: [size, door]
            properties:
              size: {type: integer, minimum: 1, maximum: 9}
              door: {type: string, default: front}
              mode: {type: string, enum: [Open, Closed]}
              lock: {type: string, enum: [STRICT, DISABLE]}
              code: {type: string, pattern: '^[a-z]+$', minLength: 2, maxLength: 5}
              since: {type: string, format: date-time}
              port: {x-kubernetes-int-or-string: true, anyOf: [{type: integer}, {type: string}]}
              narrow: {type: integer, format: int32}
              nick: {type: string, nullable: true}
              free: {type: object, x-kubernetes-preserve-unknown-fields: true, properties: {known: {type: object, properties: {a: {type: string}}}}}
              part: {type: object, x-kubernetes-embedded-resource: true, properties: {spec: {type: object, properties: {a: {type: string}}}}}
              labels: {type: object, additionalProperties: {type: string}}
              bare: {type: object}
              shelves:
                type: array
                minItems: 1
                x-kubernetes-list-type: map
                x-kubernetes-list-map-keys: [name]
                items:
                  type: object
                  required: [name]
                  properties: {name: {type: string}, depth: {type: number}}
              tags: {type: array, x-kubernetes-list-type: set, items: {type: string}}
              owner:
                type: object
                properties: {person: {type: string}, firm: {type: string}}
                oneOf: [{required: [person]}, {required: [firm]}]
              limits:
                type: object
                properties: {memory: {type: string}, cpu: {type: string}}
          status: {type: object}
";

fn lint(files: &[(&str, &str)]) -> Run {
    let texts = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    lint_texts(texts, &Settings::default())
}

fn of_schema(run: &Run) -> impl Iterator<Item = &Reported> {
    run.findings.iter().filter(|one| one.group == "schema")
}

/// Findings on the objects as `rule: underlined text: message; help`.
fn report(files: &[(&str, &str)]) -> Vec<String> {
    let run = lint(files);
    let text = |one: &Reported| {
        let file = &run.files[one.finding.span.file.0 as usize];
        let help = one.finding.help.as_deref().map_or(String::new(), |help| format!("; {help}"));
        format!(
            "{}: {}: {}{help}",
            one.finding.rule.name(),
            &file.text[one.finding.span.range()],
            one.finding.message
        )
    };
    of_schema(&run).map(text).collect()
}

/// The same for the spec of a shop.
fn shop(spec: &str) -> Vec<String> {
    let shop = format!("apiVersion: example.com/v1\nkind: Shop\nmetadata: {{name: a}}\nspec: {spec}\n");
    report(&[("crd.yaml", CRD), ("shop.yaml", &shop)])
}

#[test]
fn what_the_schema_allows_is_silent() {
    for spec in [
        "{size: 1}",
        "{size: 9.0, door: back, mode: Open, code: abc, port: 80, narrow: 3}",
        "{size: 3, port: http, nick: ~, mode: ~, since: '2024-01-31T12:00:00Z'}",
        "{size: 3, free: {anything: {at: [all]}, known: {a: x}}}",
        "{size: 3, part: {apiVersion: v1, kind: Pod, metadata: {anything: 1}, spec: {a: x}}}",
        "{size: 3, labels: {a: b, c: d}, bare: {}, tags: [a, b]}",
        "{size: 3, shelves: [{name: a, depth: 3}, {name: b, depth: 1.5}]}",
        "{size: 3, owner: {person: me}}",
        "{size: 1, mode: '${MODE}', code: '<CODE>', since: '{{ .Date }}'}",
        "{size: '$(SIZE)', mode: CHANGEME}",
        "{size: 1, lock: '${LOCK}'}",
        "{size: 1, mode: MODE, limits: {memory: ~}}",
        "{$patch: merge, sise: 1}",
        "{size: 1, limits: {creationTimestamp: null}}",
    ] {
        assert_eq!(shop(spec), [] as [&str; 0], "{spec}");
    }
}

#[test]
fn what_it_does_not_allow_is_found_at_its_place() {
    for (spec, wanted) in [
        ("{size: '3'}", "wrong-type: '3': `size` wants an integer, this is a string; remove the quotes"),
        ("{size: 3.5}", "wrong-type: 3.5: `size` wants an integer, this is a number"),
        ("{size: 0}", "invalid-value: 0: `0` is too small for `size`; write at least 1"),
        ("{size: 10}", "invalid-value: 10: `10` is too large for `size`; write at most 9"),
        ("{size: 1, sise: 1}", "unknown-field: sise: unknown field `sise` in `spec`; did you mean `size`?"),
        ("{sise: 1}", "unknown-field: sise: unknown field `sise` in `spec`; did you mean `size`?"),
        ("{door: back}", "missing-field: spec: required field `size` is missing in `spec`; add `size`"),
        ("{size: ~}", "missing-field: spec: required field `size` is empty in `spec`; set `size`"),
        (
            "{size: 1, mode: open}",
            "invalid-value: open: `open` is not valid for `mode`; did you mean `Open`?",
        ),
        ("{size: 1, mode: x}", "invalid-value: x: `x` is not valid for `mode`; write `Open` or `Closed`"),
        (
            "{size: 1, lock: STRONG}",
            "invalid-value: STRONG: `STRONG` is not valid for `lock`; write `STRICT` or `DISABLE`",
        ),
        (
            "{size: 1, tags: [a, null]}",
            "wrong-type: null: an item of `tags` is null; write its value, or remove it",
        ),
        ("{size: 1, code: A1}", "invalid-value: A1: `A1` is not valid for `code`; it must match `^[a-z]+$`"),
        ("{size: 1, code: a}", "invalid-value: a: `code` has 1 character, and needs 2 or more"),
        ("{size: 1, code: abcdef}", "invalid-value: abcdef: `code` has 6 characters, and may have 5 at most"),
        (
            "{size: 1, since: today}",
            "invalid-value: today: `today` is not valid for `since`; write a time such as `2024-01-31T12:00:00Z`",
        ),
        ("{size: 1, port: true}", "wrong-type: true: `port` wants an integer or a string, this is a boolean"),
        (
            "{size: 1, narrow: 3000000000}",
            "wrong-type: 3000000000: `narrow` wants an integer, this is one that does not fit 32 bits",
        ),
        (
            "{size: 1, free: {known: {b: 1}}}",
            "unknown-field: b: unknown field `b` in `known`; check its indentation: move it to the level where it is known, or remove it",
        ),
        (
            "{size: 1, part: {spec: {b: 1}}}",
            "unknown-field: b: unknown field `b` in `spec`; check its indentation: move it to the level where it is known, or remove it",
        ),
        (
            "{size: 1, labels: {a: yes}}",
            "wrong-type: yes: `a` wants a string, and `yes` is a boolean to kubectl; quote it: `\"yes\"`",
        ),
        (
            "{size: 1, bare: {a: 1, b: 2}}",
            "unknown-field: a: unknown field `a` in `bare`; check its indentation: move it to the level where it is known, or remove it",
        ),
        ("{size: 1, shelves: []}", "invalid-value: shelves: `shelves` is empty"),
        (
            "{size: 1, shelves: [{name: b}, {name: a}, {name: b}]}",
            "invalid-value: b: `b` occurs twice in `shelves`; keep one of them",
        ),
        (
            "{size: 1, shelves: [{depth: 1}]}",
            "missing-field: depth: required field `name` is missing in shelves[0]; add `name`",
        ),
        ("{size: 1, tags: [a, a]}", "invalid-value: a: `a` occurs twice in `tags`; keep one of them"),
        ("{size: 1, owner: {}}", "invalid-value: owner: `owner` needs `person` or `firm`"),
        (
            "{size: 1, owner: {person: a, firm: b}}",
            "invalid-value: owner: `owner` has more than one of `person` and `firm`",
        ),
        (
            "{size: 1, memory: 1}",
            "unknown-field: memory: unknown field `memory` in `spec`; this belongs under `spec.limits`",
        ),
        (
            "{size: 1, limits: {cpu: a, mode: Open}}",
            "unknown-field: mode: unknown field `mode` in `limits`; this belongs under `spec`",
        ),
    ] {
        assert_eq!(shop(spec), [wanted], "{spec}");
    }
}

#[test]
fn the_definition_is_shown_beside() {
    let shop = "{apiVersion: example.com/v1, kind: Shop, metadata: {name: a}, spec: {size: 1, mode: Shut}}";
    let run = lint(&[("crd.yaml", CRD), ("shop.yaml", shop)]);
    let one = of_schema(&run).next().expect("a finding");
    let label = one.finding.also.first().expect("a label");
    assert_eq!(run.files[label.span.file.0 as usize].path, "crd.yaml");
    assert_eq!(&CRD[label.span.range()], "enum");
    assert_eq!(one.severity, Severity::Error);
}

#[test]
fn metadata_is_decoded_like_anybodys() {
    let found = report(&[
        ("crd.yaml", CRD),
        (
            "shop.yaml",
            "apiVersion: example.com/v1\nkind: Shop\nmetadata: {name: a, labels: {v: 1.10}, lables: {}}\nspec: {size: 1}\n",
        ),
    ]);
    assert_eq!(
        found,
        [
            "wrong-type: 1.10: `v` wants a string, this is a number; quote it: `\"1.10\"`",
            "unknown-field: lables: unknown field `lables` in `metadata`; did you mean `labels`?",
        ]
    );
    let found = report(&[
        ("crd.yaml", CRD),
        ("shop.yaml", "{apiVersion: example.com/v1, kind: Shop, metadata: {name: a}, spce: {size: 1}}"),
    ]);
    assert_eq!(found, ["unknown-field: spce: unknown field `spce` at the top level; did you mean `spec`?"]);
}

/// As the server says on creation: what it decodes, drops and validates.
#[test]
fn a_status_is_dropped_before_it_is_validated_where_it_is_a_subresource() {
    let of = |subresources: &str, required: &str, object: &str| {
        let crd = format!(
            "\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {{name: shops.example.com}}
spec:
  group: example.com
  scope: Namespaced
  names: {{plural: shops, singular: shop, kind: Shop}}
  versions:
  - name: v1
    served: true
    storage: true
    subresources: {subresources}
    schema:
      openAPIV3Schema:
        type: object
        required: {required}
        properties:
          spec: {{type: object}}
          status:
            type: object
            required: [ready]
            properties: {{ready: {{type: boolean}}, left: {{type: integer, minimum: 1}}}}
"
        );
        let object = format!("{{apiVersion: example.com/v1, kind: Shop, metadata: {{name: a}}, {object}}}");
        report(&[("crd.yaml", &crd), ("shop.yaml", &object)])
    };
    let nothing: [&str; 0] = [];
    for status in ["status: {}", "status: {ready: 1, left: 0}", "status: 1", "spec: {}"] {
        assert_eq!(of("{status: {}}", "[]", status), nothing, "{status}");
    }
    let unknown = of("{status: {}}", "[]", "status: {left: 0, nope: 1}");
    assert_eq!(unknown.len(), 1, "{unknown:?}");
    assert!(unknown[0].starts_with("unknown-field: nope: unknown field `nope` in `status`"), "{unknown:?}");
    let required = "missing-field: a: `status` is required, but the API server drops it on creation; \
                    remove `status` from `required` in the definition";
    assert_eq!(of("{status: {}}", "[status]", "spec: {}"), [required]);
    assert_eq!(of("{status: {}}", "[status]", "spec: {}, status: {}"), [required]);
    assert_eq!(of("{}", "[status]", "spec: {}, status: {ready: true}"), nothing);
    assert_eq!(of("{status: null}", "[status]", "spec: {}, status: {ready: true}"), nothing);
    // Of an object that a cluster wrote nothing is said to be missing.
    let without = of("{}", "[status]", "spec: {}, status: {left: 0, nope: 1}");
    assert_eq!(without.len(), 2, "{without:?}");
    assert_eq!(
        of("{}", "[status]", "spec: {}"),
        ["missing-field: a: required field `status` is missing; add `status`"]
    );
}

#[test]
fn unknown_groups_kinds_and_versions_are_quiet() {
    for (version, kind) in [("other.com/v1", "Shop"), ("example.com/v1", "Mall"), ("example.com/v2", "Shop")]
    {
        let object =
            format!("{{apiVersion: {version}, kind: {kind}, metadata: {{name: a}}, spec: {{nonsense: 1}}}}");
        assert_eq!(report(&[("crd.yaml", CRD), ("a.yaml", &object)]), [] as [&str; 0], "{object}");
    }
}

#[test]
fn several_definitions_must_agree() {
    let newer =
        CRD.replace("size: {type: integer", "height: {type: integer}\n              size: {type: integer");
    let shop =
        "{apiVersion: example.com/v1, kind: Shop, metadata: {name: a}, spec: {size: 1, height: 2, dpeth: 1}}";
    let files = [("v1/crd.yaml", CRD), ("v2/crd.yaml", newer.as_str()), ("shop.yaml", shop)];
    assert_eq!(
        report(&files),
        [
            "unknown-field: dpeth: unknown field `dpeth` in `spec`; check its indentation: move it to the level where it is known, or remove it"
        ]
    );
}

#[test]
fn a_definition_among_tests_or_examples_is_for_what_lies_beside_it() {
    let shop = "{apiVersion: example.com/v1, kind: Shop, metadata: {name: a}, spec: {size: 1, height: 2}}";
    for (definition, object, counts) in [
        ("crd.yaml", "tests/shop.yaml", true),
        ("config/crd.yaml", "examples/shop.yaml", true),
        ("cmd/testdata/crds/crd.yaml", "cmd/testdata/shops/shop.yaml", false),
        ("cmd/testdata/crds/crd.yaml", "cmd/testdata/crds/shop.yaml", true),
        ("examples/start/crd.yaml", "examples/shop.yaml", false),
        ("examples/crd.yaml", "examples/start/shop.yaml", true),
        ("examples/crd.yaml", "examples.yaml", false),
        ("examples/crd.yaml", "deploy/shop.yaml", false),
    ] {
        let found = report(&[(definition, CRD), (object, shop)]);
        assert_eq!(!found.is_empty(), counts, "{definition} {object}: {found:?}");
    }
    // Its own definitions and those copied for a test: the nearest are not preferred, all must agree.
    let newer =
        CRD.replace("size: {type: integer", "height: {type: integer}\n              size: {type: integer");
    let files = [("config/crd.yaml", CRD), ("tests/crd.yaml", newer.as_str()), ("tests/shop.yaml", shop)];
    assert_eq!(report(&files), [] as [&str; 0]);
}

#[test]
fn definitions_that_something_makes_or_changes_are_not_trusted() {
    let made = CRD.replace("example.com", "constraints.gatekeeper.sh");
    let shop = "{apiVersion: constraints.gatekeeper.sh/v1, kind: Shop, metadata: {name: a}, spec: {size: x}}";
    assert_eq!(report(&[("crd.yaml", &made), ("shop.yaml", shop)]), [] as [&str; 0]);
    let patched = [
        ("crd.yaml", CRD),
        (
            "kustomization.yaml",
            "resources: [crd.yaml]\npatches: [{path: p.yaml, target: {kind: CustomResourceDefinition}}]\n",
        ),
        ("p.yaml", "[{op: remove, path: /spec/versions/0/schema/openAPIV3Schema/required}]\n"),
        ("shop.yaml", "{apiVersion: example.com/v1, kind: Shop, metadata: {name: a}, spec: {size: x}}"),
    ];
    assert_eq!(report(&patched), [] as [&str; 0]);
    let stub = "\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: shops.example.com}
spec:
  group: example.com
  names: {kind: Shop, plural: shops}
  scope: Cluster
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]
";
    let shop = "{apiVersion: example.com/v1, kind: Shop, metadata: {name: a}, spec: {size: x}}";
    assert_eq!(report(&[("crd.yaml", stub), ("shop.yaml", shop)]), [] as [&str; 0]);
}

#[test]
fn the_old_place_of_the_schema_is_known() {
    let old = "\
apiVersion: apiextensions.k8s.io/v1beta1
kind: CustomResourceDefinition
metadata: {name: shops.example.com}
spec:
  group: example.com
  version: v1
  names: {kind: Shop, plural: shops}
  validation:
    openAPIV3Schema: {properties: {spec: {properties: {size: {type: integer}}}}}
";
    let shop = "{apiVersion: example.com/v1, kind: Shop, metadata: {name: a}, spec: {size: big, more: 1}}";
    let found = |crd: &str| {
        let all = report(&[("crd.yaml", crd), ("shop.yaml", shop)]);
        all.into_iter().filter(|one| !one.starts_with("api-removed")).collect::<Vec<_>>()
    };
    // Unknown fields are kept there unless the definition says otherwise.
    assert_eq!(found(old), ["wrong-type: big: `size` wants an integer, this is a string"]);
    let strict = old.replace("  validation:", "  preserveUnknownFields: false\n  validation:");
    assert_eq!(found(&strict).len(), 2);
}

#[test]
fn parts_are_not_missed_anything() {
    let kustomization = "resources: [shop.yaml]\npatches: [{path: more.yaml}]\n";
    let more = "{apiVersion: example.com/v1, kind: Shop, metadata: {name: a}, spec: {size: 2}}";
    let shop = "{apiVersion: example.com/v1, kind: Shop, metadata: {name: a}, spec: {door: back}}";
    let files = [
        ("crds/crd.yaml", CRD),
        ("app/kustomization.yaml", kustomization),
        ("app/more.yaml", more),
        ("app/shop.yaml", shop),
    ];
    assert_eq!(report(&files), [] as [&str; 0]);
}

#[test]
fn hostile_definitions_end() {
    let head = CRD.split("        type: object").next().expect("a head");
    let shop =
        |spec: &str| format!("apiVersion: example.com/v1\nkind: Shop\nmetadata: {{name: a}}\nspec: {spec}\n");
    let deep = format!("{}{{type: object}}{}", "{properties: {a: ".repeat(100), "}}".repeat(100));
    let nested = format!("{}{{type: string}}{}", "{anyOf: [{type: integer}, ".repeat(100), "]}".repeat(100));
    let wide = format!("{{anyOf: [{}]}}", "{properties: {a: {items: {type: string}}}}, ".repeat(2000));
    let doubled = (1..16).fold("a0: &a0 {type: string}\n".to_owned(), |text, at| {
        let last = at - 1;
        format!("{text}a{at}: &a{at} {{anyOf: [*a{last}, *a{last}], properties: {{a: *a{last}}}}}\n")
    });
    let definitions = [
        format!("{head}        {{properties: {{spec: {deep}}}}}\n"),
        format!("{head}        {{properties: {{spec: {nested}}}}}\n"),
        format!("{head}        {{properties: {{spec: {wide}}}}}\n"),
        format!(
            "{doubled}{}",
            head.replace("openAPIV3Schema:", "openAPIV3Schema: {properties: {spec: *a15}}")
        ),
        format!(
            "{head}        {{properties: {{spec: {{type: string, pattern: '((a{{1000}}){{1000}}){{1000}}'}}}}}}\n"
        ),
        format!("{head}        [1, 2]\n"),
        format!(
            "{head}        {{properties: [a], required: {{a: b}}, enum: 1, anyOf: x, items: [], minLength: x}}\n"
        ),
    ];
    let many = format!("{{a: [{}]}}", "1, ".repeat(5000));
    let objects =
        [format!("{}1{}", "{a: ".repeat(100), "}".repeat(100)), many, "text".to_owned(), "[1]".to_owned()];
    for definition in &definitions {
        for object in &objects {
            lint(&[("crd.yaml", definition), ("shop.yaml", &shop(object))]);
        }
    }
}
