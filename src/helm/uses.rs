//! What templates say of values and of each other, read from their syntax without executing anything: which path of the
//! values each place means, and where templates are defined and called.
//!
//! `.Values` is the values of the chart wherever it stands behind the dot, a variable or a field, since nothing else is
//! called so; `with` and variables are followed as far as they mean one path.

use std::ops::Range;

use super::parse;
use super::place::Place;
use super::syntax::{Block, Branch, Command, Kind, Name, Named, Node, Operand, Pipeline, Syntax};
use crate::yaml::Text;

/// The name under which templates find the values.
const VALUES: &str = "Values";

/// A place of a template that means a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// The keys from the top of the values to it.
    pub path: Vec<Text>,
    /// Those of the keys that are written here, the last ones of the path: where each stands.
    pub keys: Vec<Range<usize>>,
    /// The expression.
    pub range: Range<usize>,
    /// What is below the value may be meant, too: it is printed or handed on.
    pub whole: bool,
}

/// What a template says.
#[derive(Debug, Default)]
pub struct Uses {
    /// The values that it means.
    pub values: Vec<Use>,
    /// The templates that it defines.
    pub defined: Vec<Name>,
    /// The templates that it calls by name.
    pub called: Vec<Name>,
}

/// Reads what a template says; `None` if it is none.
pub fn uses(text: &str) -> Option<Uses> {
    let parsed = parse::parse(text).ok()?;
    let mut reader =
        Reader { syntax: &parsed.syntax, found: Uses::default(), scope: Vec::new(), asks: false };
    reader.block(parsed.body, &Base::Other);
    for Named { name, body } in &parsed.defined {
        reader.found.defined.push(name.clone());
        reader.scope.clear();
        reader.block(*body, &Base::Other);
    }
    reader.found.values.sort_by_key(|one| one.range.start);
    Some(reader.found)
}

/// What the dot or a variable means.
#[derive(Clone, Debug, PartialEq)]
enum Base {
    /// The value of a path.
    Value(Vec<Text>),
    /// Something that has the values as a field, or nothing that is known.
    Other,
}

struct Reader<'s> {
    syntax: &'s Syntax,
    found: Uses,
    /// The variables, the newest last.
    scope: Vec<(Text, Base)>,
    /// What is read is only asked whether it is there or what it equals.
    asks: bool,
}

/// Functions that look at no part of what they are given.
const ASKING: &[&str] =
    &["and", "or", "not", "empty", "eq", "ne", "lt", "le", "gt", "ge", "kindIs", "typeIs", "len", "hasKey"];

impl<'s> Reader<'s> {
    fn block(&mut self, block: Block, dot: &Base) {
        let outer = self.scope.len();
        for node in &self.syntax[block] {
            match node {
                Node::Text(_) | Node::Break | Node::Continue => {}
                Node::Action(pipeline) => self.action(pipeline, dot),
                Node::If(branch) => {
                    self.asks = true;
                    self.pipeline(&branch.pipeline, dot);
                    self.asks = false;
                    self.declare(&branch.pipeline, Base::Other);
                    self.branches(branch, dot, dot);
                }
                Node::With(branch) => {
                    let inner = self.followed(&branch.pipeline, dot);
                    self.declare(&branch.pipeline, inner.clone());
                    self.branches(branch, &inner, dot);
                }
                Node::Range(branch) => {
                    self.pipeline(&branch.pipeline, dot);
                    self.declare(&branch.pipeline, Base::Other);
                    self.branches(branch, &Base::Other, dot);
                }
                Node::Template(name, pipeline, _) => {
                    self.found.called.push(self.syntax[*name].clone());
                    if let Some(pipeline) = pipeline {
                        self.pipeline(pipeline, dot);
                    }
                }
            }
        }
        self.scope.truncate(outer);
    }

    fn branches(&mut self, branch: &Branch, then: &Base, otherwise: &Base) {
        let outer = self.scope.len() - branch.pipeline.variables.len();
        self.block(branch.then, then);
        self.block(branch.otherwise, otherwise);
        self.scope.truncate(outer);
    }

    /// An action of its own: it prints, or sets variables.
    fn action(&mut self, pipeline: &Pipeline, dot: &Base) {
        if pipeline.variables.is_empty() {
            return self.pipeline(pipeline, dot);
        }
        if pipeline.assigns {
            self.pipeline(pipeline, dot);
            let names = &self.syntax[pipeline.variables];
            for (name, base) in &mut self.scope {
                if names.contains(name) {
                    *base = Base::Other;
                }
            }
            return;
        }
        let base = self.followed(pipeline, dot);
        self.declare(pipeline, base);
    }

    fn declare(&mut self, pipeline: &Pipeline, base: Base) {
        let names = &self.syntax[pipeline.variables];
        if !pipeline.assigns {
            self.scope.extend(names.iter().map(|name| (name.clone(), base.clone())));
        } else {
            // So that the scope is as long as the declaration says.
            self.scope.extend(names.iter().map(|_| (Text::default(), Base::Other)));
        }
    }

    /// What a pipeline leads to, where that is one value whose parts are looked at by name.
    fn followed(&mut self, pipeline: &Pipeline, dot: &Base) -> Base {
        let single = match &self.syntax[pipeline.commands] {
            [Command { operands }] if operands.len() == 1 => self.syntax[*operands].first(),
            _ => None,
        };
        let followed = single.and_then(|operand| self.place(operand, dot));
        match followed {
            Some(mut one) => {
                one.whole = false;
                let path = one.path.clone();
                self.found.values.push(one);
                Base::Value(path)
            }
            None => {
                self.pipeline(pipeline, dot);
                Base::Other
            }
        }
    }

    fn pipeline(&mut self, pipeline: &Pipeline, dot: &Base) {
        let asks = self.asks;
        for command in &self.syntax[pipeline.commands] {
            self.command(&self.syntax[command.operands], dot, pipeline.commands.len() > 1);
        }
        self.asks = asks;
    }

    fn command(&mut self, operands: &[Operand], dot: &Base, piped: bool) {
        let asks = self.asks;
        if let Some(Operand { kind: Kind::Function(name, _), .. }) = operands.first() {
            self.asks = ASKING.contains(name) && !piped;
            if *name == "include"
                && let Some(Operand { kind: Kind::Str(name, true), place }) = operands.get(1)
            {
                self.found.called.push(Name { text: name.clone(), place: inside(*place, name) });
            }
            if matches!(*name, "index" | "get" | "hasKey")
                && let Some(one) = self.indexed(&operands[1..], dot)
            {
                self.found.values.push(one);
                self.asks = asks;
                return;
            }
        } else if operands.len() > 1 || piped {
            self.asks = false;
        }
        operands.iter().for_each(|operand| self.operand(operand, dot));
        self.asks = asks;
    }

    /// `index .Values "a" "b"`: the keys are texts.
    fn indexed(&self, operands: &[Operand], dot: &Base) -> Option<Use> {
        let (of, keys) = operands.split_first()?;
        let mut one = self.place(of, dot)?;
        for key in keys {
            let Kind::Str(text, true) = &key.kind else { return None };
            one.path.push(text.clone());
            one.keys.push(inside(key.place, text));
            one.range.end = key.place.range().end;
        }
        Some(one)
    }

    fn operand(&mut self, operand: &Operand, dot: &Base) {
        if let Some(one) = self.place(operand, dot) {
            return self.found.values.push(one);
        }
        match &operand.kind {
            Kind::Pipeline(inner) => self.pipeline(&self.syntax[*inner], dot),
            Kind::Chain(of, _) => match &self.syntax[*of].kind {
                Kind::Pipeline(inner) => self.pipeline(&self.syntax[*inner], dot),
                _ => self.operand(&self.syntax[*of], dot),
            },
            _ => {}
        }
    }

    /// The value that an operand means.
    fn place(&self, operand: &Operand, dot: &Base) -> Option<Use> {
        let mut keys = Vec::new();
        let (base, names) = match &operand.kind {
            Kind::Dot => (dot.clone(), &[][..]),
            Kind::Field(names) => (dot.clone(), &self.syntax[*names]),
            Kind::Variable(name, fields) => {
                let known = self.scope.iter().rev().find(|one| one.0 == *name && !name.is_empty());
                (known.map_or(Base::Other, |one| one.1.clone()), &self.syntax[*fields])
            }
            // `(.Values.a).b` and `(index .Values "a").b`.
            Kind::Chain(of, names) => {
                let Kind::Pipeline(inner) = &self.syntax[*of].kind else { return None };
                let [Command { operands }] = &self.syntax[self.syntax[*inner].commands] else { return None };
                let one = match &self.syntax[*operands] {
                    [one] => self.place(one, dot),
                    [first, rest @ ..] if is_index(first) => self.indexed(rest, dot),
                    _ => return None,
                };
                let base = one.map_or(Base::Other, |one| {
                    keys = one.keys;
                    Base::Value(one.path)
                });
                (base, &self.syntax[*names])
            }
            _ => return None,
        };
        // Fields stand at the end of the expression, each behind a dot.
        let mut end = operand.place.range().end;
        let mut places: Vec<Range<usize>> = Vec::with_capacity(names.len());
        for name in names.iter().rev() {
            let start = end.checked_sub(name.len())?;
            places.push(start..end);
            end = start.saturating_sub(1);
        }
        places.reverse();
        let path = match base {
            Base::Value(mut path) => {
                path.extend(names.iter().cloned());
                keys.append(&mut places);
                path
            }
            Base::Other => {
                let at = names.iter().position(|name| name == VALUES)?;
                keys = places.split_off(at + 1);
                names[at + 1..].to_vec()
            }
        };
        Some(Use { path, keys, range: operand.place.range(), whole: !self.asks })
    }
}

fn is_index(operand: &Operand) -> bool {
    matches!(operand.kind, Kind::Function("index" | "get", _))
}

/// Where a text stands between its quotes.
fn inside(quoted: Place, text: &str) -> Range<usize> {
    let quoted = quoted.range();
    quoted.start + 1..(quoted.start + 1 + text.len()).min(quoted.end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(text: &str) -> Vec<String> {
        let found = uses(text).expect("a template");
        let shown = |one: &Use| {
            let keys: Vec<&str> = one.keys.iter().map(|range| &text[range.clone()]).collect();
            let path = one.path.join(".");
            assert!(path.ends_with(&keys.join(".")), "{path} {keys:?}");
            format!("{path}{}", if one.whole { "*" } else { "" })
        };
        found.values.iter().map(shown).collect()
    }

    #[test]
    fn values_are_followed_through_with_and_variables() {
        let text = "{{ .Values.a.b }}{{ with .Values.c }}{{ .d }}{{ toYaml . }}{{ $.Values.e }}{{ end }}\
                    {{ $v := .Values.f }}{{ $v.g }}{{ $r := . }}{{ $r.Values.h }}";
        assert_eq!(paths(text), ["a.b*", "c", "c.d*", "c*", "e*", "f", "f.g*", "h*"]);
        assert_eq!(paths("{{ if and .Values.a (not .Values.b.c) }}{{ end }}"), ["a", "b.c"]);
        assert_eq!(paths("{{ range .Values.a }}{{ .b }}{{ end }}"), ["a*"]);
        assert_eq!(
            paths("{{ index .Values \"a\" \"b-c\" }}{{ (index .Values \"a\").d }}"),
            ["a.b-c*", "a.d*"]
        );
        assert_eq!(
            paths("{{ (.Values.a).b }}{{ .root.Values.x }}{{ index .Values .k }}"),
            ["a.b*", "x*", "*"]
        );
    }

    #[test]
    fn templates_are_defined_and_called() {
        let text = "{{ define \"a.b\" }}{{ .Values.c }}{{ end }}{{ include \"a.b\" . }}{{ template `d` }}";
        let found = uses(text).expect("a template");
        let shown = |list: &[Name]| list.iter().map(|one| &text[one.place.clone()]).collect::<Vec<_>>();
        assert_eq!(shown(&found.defined), ["a.b"]);
        assert_eq!(shown(&found.called), ["a.b", "d"]);
        assert_eq!(found.values.len(), 1);
    }
}
