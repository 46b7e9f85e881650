//! What was read, before anything is grouped: documents with what each of them is, objects with how much of
//! themselves they are, and the kustomizations among them.

use std::sync::Arc;

use foldhash::{HashSet, HashSetExt};
use rayon::prelude::*;

use super::partial::beside_whole;
use super::whole::{Wholeness, weigh};
use super::{Charts, Contexts, Kustomization, Parts};
use crate::document::{self, Class, Document, Object};
use crate::files::path::directory;
use crate::files::{SourceFile, Span};
use crate::kustomize::Sheet;
use crate::schema::{self, Twisted};
use crate::yaml::{Node, Tree};

/// A document and what it is to the API server.
pub struct Read<'a> {
    /// The document.
    pub document: &'a Document,
    /// What it is.
    pub class: Class<'a>,
}

/// An object as it stands in a file.
pub struct Written<'a> {
    /// The object, as one of the type that was meant.
    pub object: Object<'a>,
    /// The type that is written, if it is another one's misspelt: apiVersion, kind and what was meant.
    pub twisted: Option<Box<(&'a str, &'a str, Twisted)>>,
    /// Position of its document in [`Input::documents`].
    pub document: usize,
    /// How much of an object it is.
    pub wholeness: Wholeness,
}

impl Written<'_> {
    /// The path of its file.
    pub fn path(&self) -> &str {
        &self.object.node.tree().source().path
    }
}

/// Everything that was read.
pub struct Input<'a> {
    /// The files, by their ids.
    pub files: &'a [Arc<SourceFile>],
    /// The documents, in the order of the files.
    pub documents: Vec<Read<'a>>,
    /// The objects, in the order of the documents; items of a List count, the List does not.
    pub objects: Vec<Written<'a>>,
    /// The kustomizations and what they do to files.
    pub parts: Parts,
    /// What its files are kept for.
    pub contexts: Contexts,
    /// The charts, evaluated.
    pub charts: Charts,
    /// First document of every file.
    first: Vec<usize>,
    /// Where the objects are, in the order of documents and starts.
    places: Vec<Place>,
}

/// Where an object is.
struct Place {
    document: usize,
    start: u32,
    /// The furthest end of this and all earlier places of the document: going back can stop where it is not reached.
    furthest: u32,
    /// Position of the object.
    at: usize,
}

/// The places of objects, sorted.
fn places(objects: &[Written<'_>]) -> Vec<Place> {
    let place = |(at, one): (usize, &Written<'_>)| {
        let span = one.object.node.span();
        Place { document: one.document, start: span.start, furthest: span.end, at }
    };
    let mut places: Vec<Place> = objects.iter().enumerate().map(place).collect();
    places.sort_by_key(|one| (one.document, one.start));
    for at in 1..places.len() {
        if places[at - 1].document == places[at].document {
            places[at].furthest = places[at].furthest.max(places[at - 1].furthest);
        }
    }
    places
}

impl<'a> Input<'a> {
    /// Says what every document is.
    pub fn read(files: &'a [Arc<SourceFile>], documents: &'a [Document]) -> Self {
        let documents: Vec<Read<'a>> = documents
            .par_iter()
            .map(|document| Read { document, class: document::classify(document) })
            .collect();
        let objects = documents
            .iter()
            .enumerate()
            .flat_map(|(at, read)| read.class.objects().into_iter().map(move |object| written(object, at)));
        let mut objects: Vec<Written<'a>> = objects.collect();
        objects.shrink_to_fit();
        let places = places(&objects);
        let first = (0..=files.len())
            .map(|file| documents.partition_point(|read| (read.document.source.id.0 as usize) < file))
            .collect();
        Input {
            files,
            documents,
            objects,
            parts: Parts::default(),
            contexts: Contexts::default(),
            charts: Charts::default(),
            first,
            places,
        }
    }

    /// What kustomizations do to these documents.
    pub fn kustomizations(&self, sheets: &[Sheet<'_>]) -> Vec<Kustomization> {
        if sheets.is_empty() {
            return Vec::new();
        }
        let of_file = |path: &str| -> Vec<(String, String)> {
            let from = self.objects.partition_point(|one| one.path() < path);
            let own = self.objects[from..].iter().take_while(|one| one.path() == path);
            own.map(|one| (one.object.kind.to_owned(), one.object.name.to_owned())).collect()
        };
        let mut places: HashSet<&str> = HashSet::new();
        for read in &self.documents {
            let mut path = read.document.source.path.as_str();
            while !path.is_empty() && places.insert(path) {
                path = directory(path);
            }
        }
        let is_there = |path: &str| places.contains(path);
        let inflated: HashSet<Span> =
            self.charts.deployments.iter().filter_map(|one| Some(one.inflated?.at)).collect();
        let is_inflated = |chart: Span| inflated.contains(&chart);
        let said =
            sheets.iter().flat_map(|sheet| sheet.roots.iter().flatten().map(|root| (sheet.path, root)));
        said.map(|(path, root)| Kustomization::read(path, root, of_file, is_there, is_inflated)).collect()
    }

    /// The same input with what kustomizations and paths say about its files, and how whole each object is.
    pub fn with(mut self, kustomizations: Vec<Kustomization>, contexts: Contexts) -> Self {
        self.parts = Parts::new(kustomizations).patching(self.objects.iter().map(|one| &one.object));
        self.contexts = contexts;
        let (parts, contexts) = (&self.parts, &self.contexts);
        self.objects.par_iter_mut().for_each(|one| {
            let path = one.object.node.tree().source().path.as_str();
            one.wholeness = weigh(&one.object, path, parts, contexts);
        });
        // Without kustomizations there are no patches that one of them should list.
        if self.parts.all().is_empty() {
            return self;
        }
        let whole = self.objects.iter().enumerate().filter(|(_, one)| one.wholeness.aside().is_none());
        let objects = whole.map(|(at, one)| (at, &one.object));
        let of_others =
            beside_whole(objects, |path| self.parts.is_deployed(path) || self.parts.is_part(path));
        of_others.into_iter().for_each(|(at, wholeness)| self.objects[at].wholeness = wholeness);
        self
    }

    /// The same input with its charts.
    pub fn with_charts(self, charts: Charts) -> Self {
        Input { charts, ..self }
    }

    /// The document that holds a place.
    pub fn document(&self, span: Span) -> Option<&Read<'a>> {
        self.position(span).map(|at| &self.documents[at])
    }

    fn position(&self, span: Span) -> Option<usize> {
        let file = span.file.0 as usize;
        let (from, to) = (*self.first.get(file)?, *self.first.get(file + 1)?);
        let inside = &self.documents[from..to];
        let after = inside.partition_point(|read| read.document.span().start <= span.start);
        after.checked_sub(1).map(|at| from + at)
    }

    /// The object that holds a place, as its document says who it is.
    pub fn object(&self, span: Span) -> Option<&Object<'a>> {
        let document = self.position(span)?;
        let before = self.places.partition_point(|one| (one.document, one.start) <= (document, span.start));
        let near = self.places[..before].iter().rev();
        let near = near.take_while(|one| one.document == document && one.furthest >= span.end);
        let objects = near.map(|one| (one.at, &self.objects[one.at].object));
        let around = objects.filter(|(_, object)| object.node.span().contains(span));
        around.min_by_key(|one| one.0).map(|one| one.1)
    }

    /// The objects of a document, by its position.
    pub fn objects_of(&self, document: usize) -> impl Iterator<Item = &Written<'a>> {
        let from = self.objects.partition_point(|one| one.document < document);
        self.objects[from..].iter().take_while(move |one| one.document == document)
    }
}

impl<'a> Written<'a> {
    /// An object that a chart prints.
    pub fn printed(tree: &'a Tree) -> Self {
        let text = |field: &str| tree.root().get(field).map_or("", Node::text);
        written(Object::with_type(tree.root(), text("apiVersion"), text("kind")), 0)
    }
}

/// An object whose type is misspelt is judged as what was meant.
fn written(object: Object<'_>, document: usize) -> Written<'_> {
    let meant = schema::meant(object.api_version, object.kind);
    let twisted = meant.map(|meant| Box::new((object.api_version, object.kind, meant)));
    let object = meant.map_or(object, |meant| object.retyped(meant.api_version, meant.kind));
    Written { object, twisted, document, wholeness: Wholeness::Whole }
}
