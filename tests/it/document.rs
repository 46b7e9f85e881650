//! Every document is accounted for, as exactly one thing, with a reason where it is not linted.

use std::sync::Arc;

use wplint::document::{Class, Document, classify, load};
use wplint::files::{Chart, FileId, SourceFile};

fn documents(path: &str, text: &str) -> Vec<Document> {
    load(&[Arc::new(SourceFile::new(FileId(0), path, text))])
}

fn reason(path: &str, text: &str) -> String {
    let documents = documents(path, text);
    assert_eq!(documents.len(), 1, "{text}");
    classify(&documents[0]).reason().map_or_else(|| "linted".to_owned(), |reason| reason.into_owned())
}

#[test]
fn each_document_is_one_thing() {
    let table = [
        ("apiVersion: v1\nkind: Service\n", "linted"),
        ("- op: add\n  path: /a\n", "JSON patch"),
        ("- a\n", "a list"),
        ("[]\n", "a list"),
        ("just text\n", "neither a mapping nor a list"),
        ("a: 1\n", "no apiVersion or kind"),
        ("kind: Deployment\n", "no apiVersion"),
        ("apiVersion: apps/v1\n", "no kind"),
        ("kind: Deployment\nmetadata: {name: a}\n", "no apiVersion"),
        ("apiVersion: v1\nkind: Config\n", "kubeconfig"),
        ("apiVersion: release-notes/v2\nkind: Note\n", "`release-notes` is no API group"),
        ("{{- if .Values.x }}\na: 1\n{{- end }}\n", "template: render it first"),
        ("apiVersion: v1\nkind: Secret\nmetadata: {name: {{ x }}}\n", "template: render it first"),
        ("apiVersion: v1\nkind: Secret\nmetadata:\n  name: {{ x }}-db\n", "template: render it first"),
        ("apiVersion: v1\nkind: Service\nmetadata:\n  name: @NAME@\n", "template: render it first"),
        ("--- {{ x }}\na: 1\n", "template: render it first"),
        ("apiVersion: v1\nkind: Service\nmetadata:\n  name: #@ name\n", "template: render it first"),
        ("#@ load(\"@ytt:data\", \"data\")\napiVersion: v1\nkind: Service\n", "template: render it first"),
        ("#@author me\napiVersion: v1\nkind: Service # a#@ b\n", "linted"),
        ("kind: role\nversion: v3\nmetadata: {name: a}\nspec: {}\n", "no apiVersion"),
        ("apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nspec: {name: '{{x}}'}\n", "linted"),
        ("a: [\n", "while parsing a flow node, expected node content, found stream end"),
        ("--- {a: 1}\n", "text after `---` on a separator line"),
    ];
    for (text, expected) in table {
        let found = reason("a.yaml", text);
        if expected.starts_with("while") {
            assert!(!found.starts_with("template") && found != "linted", "{text}: {found}");
        } else {
            assert_eq!(found, expected, "{text}");
        }
    }
    assert_eq!(reason("x/kustomization.yaml", "resources: []\n"), "kustomization");
}

#[test]
fn a_document_without_kind_is_hinted_at_only_when_it_looks_like_an_object() {
    let documents = documents("a.yaml", "kind: Deployment\nmetadata: {name: a}\n---\nkind: Deployment\n");
    assert!(
        matches!(classify(&documents[0]), Class::Partial(partial) if partial.missing == "apiVersion" && partial.looks_like_object)
    );
    assert!(matches!(classify(&documents[1]), Class::NotKubernetes(_)));
    let mut named = SourceFile::new(FileId(0), "a.yaml", "kind: Deployment\n");
    named.named = true;
    assert!(matches!(classify(&load(&[Arc::new(named)])[0]), Class::Partial(_)));
}

#[test]
fn items_of_lists_are_objects_and_may_lend_their_kind() {
    let documents = documents(
        "a.yaml",
        "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Pod}\n- {a: 1}\n---\n\
         apiVersion: v1\nkind: ConfigMapList\nitems:\n- data: {}\n- kind: Pod\n",
    );
    let kinds = |at: usize| {
        let objects = classify(&documents[at]).objects();
        objects.iter().map(|object| (object.kind.to_owned(), object.listed)).collect::<Vec<_>>()
    };
    assert_eq!(kinds(0), [("Pod".to_owned(), true)]);
    assert_eq!(kinds(1), [("ConfigMap".to_owned(), true), ("Pod".to_owned(), true)]);
}

#[test]
fn comments_and_emptiness_are_no_documents_but_comments_are_kept() {
    let documents = documents("a.yaml", "# head\n---\n\n---\na: 1\n---\n# tail\n---\nb: 1\n");
    let shape: Vec<(u32, bool)> =
        documents.iter().map(|d| (d.index, matches!(classify(d), Class::Comments))).collect();
    assert_eq!(shape, [(0, true), (0, false), (1, true), (1, false)]);
    assert_eq!(documents[2].tree().map(|tree| tree.comments().len()), Some(1));
}

/// There may be millions of them, each of a few bytes.
#[test]
fn what_is_kept_of_each_document_is_small() {
    assert!(size_of::<wplint::yaml::Piece>() <= 24);
    assert!(size_of::<Document>() <= 40, "{}", size_of::<Document>());
    assert!(size_of::<Class<'_>>() <= 24, "{}", size_of::<Class<'_>>());
}

#[test]
fn of_many_documents_only_trees_that_are_asked_for_are_kept() {
    let parts =
        ["a: 1\n", "- a\n", "a\n", "{\"a\": {}}\n", "a: 1 # b\n", "kind: A\n", "- op: add\n  path: /a\n"];
    let few = parts.map(|part| documents("a.yaml", part).remove(0));
    let many = documents("a.yaml", &parts.join("---\n").repeat(20).replace("/a\na", "/a\n---\na"));
    assert_eq!(many.len(), 140);
    let held: Vec<bool> = many.iter().take(7).map(|one| one.held().is_some()).collect();
    assert_eq!(held, [false, false, false, false, true, true, true]);
    for (one, same) in many.iter().zip(few.iter().cycle()) {
        assert_eq!(classify(one).reason(), classify(same).reason());
        let text = |document: &Document| document.tree().map(|tree| tree.root().source_text().to_owned());
        assert_eq!(text(one), text(same));
    }
}

#[test]
fn only_documents_with_a_broken_byte_fail() {
    let mut file = SourceFile::new(FileId(0), "a.yaml", "a: ?\n---\nb: 1\n");
    file.damaged = vec![3];
    let documents = load(&[Arc::new(file)]);
    assert!(matches!(classify(&documents[0]), Class::Failed(fault) if fault.range == (3..4)));
    assert!(matches!(classify(&documents[1]), Class::NotKubernetes(_)));
}

#[test]
fn templates_of_charts_are_not_even_parsed() {
    let mut file = SourceFile::new(FileId(0), "c/templates/a.yaml", "apiVersion: v1\n---\nkind: Pod\n");
    file.chart = Some(Chart { root: "c".to_owned(), template: true });
    let documents = load(&[Arc::new(file)]);
    assert_eq!(documents.len(), 1);
    assert!(matches!(classify(&documents[0]), Class::Template(Some("c"))));
}

#[test]
fn encrypted_objects_are_marked() {
    let documents = documents("a.yaml", "apiVersion: v1\nkind: Secret\nsops: {mac: x}\n");
    assert!(classify(&documents[0]).objects()[0].encrypted);
}
