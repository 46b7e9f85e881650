//! Templates executed as Go executes them, with the place of everything they print.

use std::collections::HashSet;
use std::rc::Rc;
use std::sync::Arc;

use foldhash::HashMap;

use super::call;
use super::failure::{Budget, Failure, FailureKind, Result, led};
use super::parse;
use super::pipeline::set_variable;
use super::readings::Reading;
use super::syntax::{Block, Branch, Node, Pipeline};
use super::text::{Builder, Origin, Str};
use super::value::{Data, List, Object, Value};
use super::world::World;
use crate::files::Span;
use crate::yaml::Text;

/// A template that can be executed.
#[derive(Debug)]
pub struct Template {
    body: Arc<Block>,
    text: Rc<Origins>,
}

/// The text of a template and the place that stands for what has none in it.
#[derive(Debug)]
pub(super) struct Origins {
    /// The text.
    pub(super) text: Str,
    place: Span,
}

impl Origins {
    /// The place of a part of the text.
    pub(super) fn span(&self, range: &std::ops::Range<usize>) -> Span {
        let mut known = self.text.pieces(range.clone()).filter_map(|piece| piece.1);
        let Some(first) = known.next() else {
            return self.place;
        };
        let last = known.last();
        match last {
            Some(last) if last.span.file == first.span.file && last.span.start >= first.span.start => {
                Span { end: last.span.end, ..first.span }
            }
            _ => first.span,
        }
    }
}

/// A branch that was not taken because of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// The branch in its template, with its condition unless that is another branch's too.
    pub branch: Span,
    /// The condition.
    pub condition: Span,
    /// The value that decided, if it was written anywhere.
    pub value: Option<Span>,
}

/// Executes the templates of one chart with everything it depends on.
#[derive(Debug)]
pub struct Engine<'w> {
    templates: HashMap<Text, Rc<Template>>,
    /// What `.Files` and `.Capabilities` ask.
    pub world: &'w dyn World,
    /// What is left to be spent.
    pub budget: Budget,
    depth: usize,
    /// Branches that were not taken.
    pub skipped: Vec<Skipped>,
    /// Actions that printed nothing because nobody set what they print.
    pub unset: HashSet<Span>,
    /// A template asked for what is in the cluster.
    pub looked_up: bool,
}

/// What follows a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flow {
    Next,
    Break,
    Continue,
}

/// The variables of a template that is being executed.
pub(super) struct State {
    /// Innermost last; the first is `$`.
    pub(super) variables: Vec<(Text, Value)>,
    /// The text of the template.
    pub(super) text: Rc<Origins>,
}

impl<'w> Engine<'w> {
    /// An engine without templates.
    pub fn new(world: &'w dyn World) -> Self {
        Engine {
            templates: HashMap::default(),
            world,
            budget: Budget::default(),
            depth: 0,
            skipped: Vec::new(),
            unset: HashSet::new(),
            looked_up: false,
        }
    }

    /// Keeps a template that was read under its name, with all that it defines. Later ones win.
    pub fn add(&mut self, name: &str, reading: &Reading, text: Str, place: Span) -> Result<()> {
        let (main, named) = self.templates_of(reading, text, place)?;
        self.templates.extend(named);
        self.templates.insert(name.into(), main);
        Ok(())
    }

    /// The template of a text, and those that it defines.
    #[allow(clippy::type_complexity)]
    fn templates_of(
        &self,
        reading: &Reading,
        text: Str,
        place: Span,
    ) -> Result<(Rc<Template>, Vec<(Text, Rc<Template>)>)> {
        let text = Rc::new(Origins { text, place });
        let parsed = reading
            .as_ref()
            .map_err(|mistake| Failure::error(mistake.message.clone()).at(text.span(&mistake.range)))?;
        let template = |body| Rc::new(Template { body: Arc::clone(body), text: Rc::clone(&text) });
        let mut named = Vec::new();
        for one in &parsed.defined {
            // A definition of nothing but white space does not replace another one.
            if is_blank(&one.body, text.text.as_str()) && self.templates.contains_key(&one.name.text) {
                continue;
            }
            named.push((one.name.text.clone(), template(&one.body)));
        }
        Ok((template(&parsed.body), named))
    }

    /// What a template prints.
    pub fn render(&mut self, name: &str, dot: &Value) -> Result<Str> {
        let Some(template) = self.templates.get(name).cloned() else {
            let message = format!("no template \"{name}\" associated with the chart");
            return Err(Failure { undefined: Some(name.to_owned()), ..Failure::error(message) });
        };
        let mut out = Builder::default();
        self.run(&template, dot, &mut out)?;
        Ok(out.finish())
    }

    fn run(&mut self, template: &Template, dot: &Value, out: &mut Builder) -> Result<()> {
        if self.depth >= self.budget.depth {
            return Err(Failure::of(FailureKind::Limit, "templates include each other without an end"));
        }
        self.depth += 1;
        let root = (Text::default(), dot.clone());
        let mut state = State { variables: vec![root], text: Rc::clone(&template.text) };
        let result = self.block(&template.body, dot, &mut state, out);
        self.depth -= 1;
        result.map(drop)
    }

    /// What `include` returns.
    pub fn include(&mut self, name: &str, dot: &Value) -> Result<Str> {
        self.render(name, dot).map(Str::returned)
    }

    /// What `tpl` returns: the text executed as a template of its own, with definitions of its own.
    pub fn tpl(&mut self, text: &Str, dot: &Value, place: Span) -> Result<Str> {
        if !text.as_str().contains("{{") {
            return Ok(without_nothing(text.clone()));
        }
        let (main, named) = self.templates_of(&parse::parse(text.as_str()), text.clone(), place)?;
        let kept: Vec<_> =
            named.iter().map(|(name, _)| (name.clone(), self.templates.get(name).cloned())).collect();
        self.templates.extend(named);
        let mut out = Builder::default();
        let result = self.run(&main, dot, &mut out);
        for (name, before) in kept {
            match before {
                Some(template) => drop(self.templates.insert(name, template)),
                None => drop(self.templates.remove(&name)),
            }
        }
        result.map(|()| without_nothing(out.finish()))
    }

    /// Takes from the budget.
    pub fn spend(&mut self, steps: u64, bytes: usize) -> Result<()> {
        let enough = self.budget.steps >= steps && self.budget.bytes >= bytes;
        self.budget.steps = self.budget.steps.saturating_sub(steps);
        self.budget.bytes = self.budget.bytes.saturating_sub(bytes);
        if enough {
            Ok(())
        } else {
            Err(Failure::of(FailureKind::Limit, "the chart takes too long to evaluate"))
        }
    }

    fn block(&mut self, block: &Block, dot: &Value, state: &mut State, out: &mut Builder) -> Result<Flow> {
        for node in block {
            self.spend(1, 0)?;
            match node {
                Node::Text(range) => {
                    self.spend(0, range.len())?;
                    out.push_part(&state.text.text, range.clone());
                }
                Node::Action(pipeline) => self.action(pipeline, dot, state, out)?,
                Node::If(branch) => {
                    let flow = self.choose(branch, dot, state, out, false)?;
                    if flow != Flow::Next {
                        return Ok(flow);
                    }
                }
                Node::With(branch) => {
                    let flow = self.choose(branch, dot, state, out, true)?;
                    if flow != Flow::Next {
                        return Ok(flow);
                    }
                }
                Node::Range(branch) => {
                    let flow = self.range(branch, dot, state, out)?;
                    if flow != Flow::Next {
                        return Ok(flow);
                    }
                }
                Node::Template(name, pipeline, range) => {
                    let place = state.text.span(range);
                    let value = match pipeline {
                        Some(pipeline) => self.pipeline(pipeline, dot, state)?,
                        None => Value::default(),
                    };
                    let text = self.include(&name.text, &value).map_err(|failure| led(failure, place))?;
                    self.spend(0, text.as_str().len())?;
                    out.print(&text, place);
                }
                Node::Break => return Ok(Flow::Break),
                Node::Continue => return Ok(Flow::Continue),
            }
        }
        Ok(Flow::Next)
    }

    fn action(
        &mut self,
        pipeline: &Pipeline,
        dot: &Value,
        state: &mut State,
        out: &mut Builder,
    ) -> Result<()> {
        let value = self.pipeline(pipeline, dot, state)?;
        if !pipeline.variables.is_empty() {
            return Ok(());
        }
        let place = state.text.span(&pipeline.range);
        match &value.data {
            Data::Nothing | Data::Nil => {
                self.leave_unset(place);
                out.push(NOTHING, Some(Origin::computed(place)));
            }
            Data::Object(Object::KubeVersion) => {
                out.push(self.world.kubernetes(), Some(Origin::computed(place)));
            }
            _ => {
                let text = value.printed();
                self.spend(0, text.cost())?;
                if EMPTY.contains(&text.as_str().trim()) {
                    self.leave_unset(place);
                }
                out.print(&text, place);
            }
        }
        Ok(())
    }

    fn leave_unset(&mut self, action: Span) {
        if self.unset.len() < MOST_SKIPPED {
            self.unset.insert(action);
        }
    }

    /// `if` and `with`.
    fn choose(
        &mut self,
        branch: &Branch,
        dot: &Value,
        state: &mut State,
        out: &mut Builder,
        with: bool,
    ) -> Result<Flow> {
        let outer = state.variables.len();
        let value = self.pipeline(&branch.pipeline, dot, state)?;
        let is_true = value.is_true();
        self.skip(branch, is_true, &value, state);
        let flow = if is_true {
            self.block(&branch.then, if with { &value } else { dot }, state, out)
        } else {
            self.block(&branch.otherwise, dot, state, out)
        };
        state.variables.truncate(outer);
        flow
    }

    /// Remembers the branch that is not taken.
    fn skip(&mut self, branch: &Branch, is_true: bool, value: &Value, state: &State) {
        let condition = &branch.pipeline.range;
        let (start, block) = match is_true {
            false => (condition.start, &branch.then),
            true => (branch.otherwise.first().map_or(0, start_of), &branch.otherwise),
        };
        if (is_true && block.is_empty()) || self.skipped.len() >= MOST_SKIPPED {
            return;
        }
        let end = block.iter().map(end_of).max().unwrap_or(condition.end);
        self.skipped.push(Skipped {
            branch: state.text.span(&(start..end.max(start))),
            condition: state.text.span(condition),
            value: value.origin().map(|origin| origin.span),
        });
    }

    fn range(&mut self, branch: &Branch, dot: &Value, state: &mut State, out: &mut Builder) -> Result<Flow> {
        let outer = state.variables.len();
        let value = self.evaluate(&branch.pipeline, dot, state)?;
        let place = state.text.span(&branch.pipeline.range);
        let items: Vec<(Value, Value)> = match &value.data {
            Data::List(list) => {
                let pair = |(at, item): (usize, &Value)| (Data::Int(at as i64).into(), item.clone());
                list.0.iter().enumerate().map(pair).collect()
            }
            Data::Map(map) if !map.fixed.get() => {
                let pair = |(key, slot): (Text, super::value::Slot)| {
                    (Value::from(Str::new(&key, slot.key)), slot.value)
                };
                map.sorted().into_iter().map(pair).collect()
            }
            Data::Object(Object::Files(chart, found)) => {
                let chart = *chart;
                let pair = |path: String| {
                    let text = self.world.file(chart, &path).unwrap_or_default();
                    (Value::from(path.as_str()), Value::from(text.as_str()))
                };
                call::paths(self.world, chart, found).into_iter().map(pair).collect()
            }
            Data::Nothing | Data::Nil => Vec::new(),
            Data::Int(count) | Data::Long(count) => {
                let count = (*count).max(0);
                self.spend(count as u64, 0)?;
                (0..count).map(|at| (Data::Int(at).into(), Data::Int(at).into())).collect()
            }
            _ => {
                let message = format!("range can't iterate over {}", value.printed().as_str());
                return Err(Failure::error(message).at(place));
            }
        };
        if items.is_empty() {
            self.skip(branch, false, &value, state);
            let flow = self.block(&branch.otherwise, dot, state, out);
            state.variables.truncate(outer);
            return flow;
        }
        let names = &branch.pipeline.variables;
        for (key, item) in items {
            self.spend(1, 0)?;
            let pairs = match names.as_slice() {
                [] => vec![],
                [one] => vec![(one, item.clone())],
                [one, two, ..] => vec![(one, key), (two, item.clone())],
            };
            for (name, value) in pairs {
                set_variable(state, name, value, branch.pipeline.assigns);
            }
            let flow = self.block(&branch.then, &item, state, out)?;
            state.variables.truncate(outer);
            if flow == Flow::Break {
                break;
            }
        }
        Ok(Flow::Next)
    }
}

/// What Go prints for nothing, which Helm takes out of a finished text again.
const NOTHING: &str = "<no value>";

/// What templates print for a value that nobody set.
const EMPTY: [&str; 4] = ["", "\"\"", "''", "null"];

/// Conditions and empty actions are remembered up to here.
const MOST_SKIPPED: usize = 20_000;

/// The text without Go's word for nothing.
pub fn without_nothing(text: Str) -> Str {
    if !text.as_str().contains(NOTHING) {
        return text;
    }
    let mut builder = Builder::default();
    let mut from = 0;
    for (at, _) in text.as_str().match_indices(NOTHING) {
        builder.push_part(&text, from..at);
        from = at + NOTHING.len();
    }
    builder.push_part(&text, from..text.as_str().len());
    builder.finish()
}

fn is_blank(body: &Block, text: &str) -> bool {
    body.iter().all(|node| match node {
        Node::Text(range) => text.get(range.clone()).is_some_and(|text| text.trim().is_empty()),
        _ => false,
    })
}

fn start_of(node: &Node) -> usize {
    match node {
        Node::Text(range) | Node::Template(_, _, range) => range.start,
        Node::Action(pipeline) => pipeline.range.start,
        Node::If(branch) | Node::With(branch) | Node::Range(branch) => branch.pipeline.range.start,
        Node::Break | Node::Continue => 0,
    }
}

fn end_of(node: &Node) -> usize {
    match node {
        Node::Text(range) | Node::Template(_, _, range) => range.end,
        Node::Action(pipeline) => pipeline.range.end,
        Node::If(branch) | Node::With(branch) | Node::Range(branch) => {
            let last = branch.otherwise.last().or(branch.then.last());
            last.map_or(branch.pipeline.range.end, end_of).max(branch.pipeline.range.end)
        }
        Node::Break | Node::Continue => 0,
    }
}

/// A list of values.
pub fn list(items: Vec<Value>) -> Value {
    Data::List(Rc::new(List(items))).into()
}
