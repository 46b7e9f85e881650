//! Templates executed as Go executes them, with the place of everything they print.

use std::collections::HashSet;
use std::rc::Rc;
use std::sync::Arc;

use foldhash::HashMap;

use super::call;
use super::code::{Code, Running, Written};
use super::failure::{Budget, Failure, FailureKind, Result, led};
use super::map::Slot;
use super::outcome::Skipped;
use super::parse;
use super::pipeline::set_variable;
use super::place::Place;
use super::readings::Reading;
use super::syntax::{Block, Branch, Node, Pipeline, Syntax};
use super::text::{Builder, Origin, Str};
use super::value::{Data, Object, Value};
use super::world::World;
use crate::files::Span;
use crate::yaml::Text;

/// A template that can be executed.
#[derive(Clone, Debug)]
struct Template {
    code: Rc<Code>,
    body: Block,
}

/// Executes the templates of one chart with everything it depends on.
#[derive(Debug)]
pub struct Engine<'w> {
    templates: HashMap<Text, Template>,
    /// What `.Files` and `.Capabilities` ask.
    pub world: &'w dyn World,
    /// What is left to be spent.
    pub budget: Budget,
    depth: usize,
    /// Room for texts that was used before.
    spare: Vec<Builder>,
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
}

impl<'w> Engine<'w> {
    /// An engine without templates.
    pub fn new(world: &'w dyn World) -> Self {
        Engine {
            templates: HashMap::default(),
            world,
            budget: Budget::default(),
            depth: 0,
            spare: Vec::new(),
            skipped: Vec::new(),
            unset: HashSet::new(),
            looked_up: false,
        }
    }

    /// Keeps a template that was read under its name, with all that it defines. Later ones win.
    pub fn add(&mut self, name: &str, reading: Arc<Reading>, text: Written) -> Result<()> {
        let (main, named) = self.templates_of(reading, text)?;
        self.templates.extend(named);
        self.templates.insert(name.into(), main);
        Ok(())
    }

    /// The template of a text, and those that it defines.
    #[allow(clippy::type_complexity)]
    fn templates_of(
        &self,
        reading: Arc<Reading>,
        text: Written,
    ) -> Result<(Template, Vec<(Text, Template)>)> {
        let code = Rc::new(Code { reading, text });
        let parsed = match &*code.reading {
            Ok(parsed) => parsed,
            Err(mistake) => {
                let place = code.span(mistake.range.clone().into());
                return Err(Failure::error(mistake.message.clone()).at(place));
            }
        };
        let template = |body| Template { code: Rc::clone(&code), body };
        let mut named = Vec::with_capacity(parsed.defined.len());
        for one in &parsed.defined {
            // A definition of nothing but white space does not replace another one.
            let blank = is_blank(&parsed.syntax[one.body], code.as_str());
            if !(blank && self.templates.contains_key(&one.name.text)) {
                named.push((one.name.text.clone(), template(one.body)));
            }
        }
        Ok((template(parsed.body), named))
    }

    /// What a template prints.
    pub fn render(&mut self, name: &str, dot: &Value) -> Result<Str> {
        let Some(template) = self.templates.get(name).cloned() else {
            let message = format!("no template \"{name}\" associated with the chart");
            return Err(Failure { undefined: Some(name.to_owned()), ..Failure::error(message) });
        };
        self.printed(&template, dot)
    }

    /// What a template prints. The room for it is used again and again.
    fn printed(&mut self, template: &Template, dot: &Value) -> Result<Str> {
        let mut out = self.spare.pop().unwrap_or_default();
        let result = self.run(template, dot, &mut out);
        let text = result.map(|()| out.flush());
        out.clear();
        self.spare.push(out);
        text
    }

    fn run(&mut self, template: &Template, dot: &Value, out: &mut Builder) -> Result<()> {
        if self.depth >= self.budget.depth {
            return Err(Failure::of(FailureKind::Limit, "templates include each other without an end"));
        }
        self.depth += 1;
        let root = (Text::default(), dot.clone());
        let mut state = State { variables: vec![root] };
        let running = Running { code: &template.code, syntax: template.code.syntax() };
        let result = self.block(template.body, running, dot, &mut state, out);
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
        let reading = Arc::new(parse::parse(text.as_str()));
        let (main, named) = self.templates_of(reading, Written::Made(text.clone(), place))?;
        let kept: Vec<_> =
            named.iter().map(|(name, _)| (name.clone(), self.templates.get(name).cloned())).collect();
        self.templates.extend(named);
        let text = self.printed(&main, dot);
        for (name, before) in kept {
            match before {
                Some(template) => drop(self.templates.insert(name, template)),
                None => drop(self.templates.remove(&name)),
            }
        }
        text.map(without_nothing)
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

    fn block(
        &mut self,
        block: Block,
        code: Running<'_>,
        dot: &Value,
        state: &mut State,
        out: &mut Builder,
    ) -> Result<Flow> {
        for node in &code.syntax[block] {
            self.spend(1, 0)?;
            match node {
                Node::Text(place) => {
                    self.spend(0, place.range().len())?;
                    code.code.print(*place, out);
                }
                Node::Action(pipeline) => self.action(pipeline, code, dot, state, out)?,
                Node::If(branch) => {
                    let flow = self.choose(branch, code, dot, state, out, false)?;
                    if flow != Flow::Next {
                        return Ok(flow);
                    }
                }
                Node::With(branch) => {
                    let flow = self.choose(branch, code, dot, state, out, true)?;
                    if flow != Flow::Next {
                        return Ok(flow);
                    }
                }
                Node::Range(branch) => {
                    let flow = self.range(branch, code, dot, state, out)?;
                    if flow != Flow::Next {
                        return Ok(flow);
                    }
                }
                Node::Template(name, pipeline, place) => {
                    let place = code.span(*place);
                    let value = match pipeline {
                        Some(pipeline) => self.pipeline(pipeline, code, dot, state)?,
                        None => Value::default(),
                    };
                    let text = self
                        .include(&code.syntax[*name].text, &value)
                        .map_err(|failure| led(failure, place))?;
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
        code: Running<'_>,
        dot: &Value,
        state: &mut State,
        out: &mut Builder,
    ) -> Result<()> {
        let value = self.pipeline(pipeline, code, dot, state)?;
        if !pipeline.variables.is_empty() {
            return Ok(());
        }
        let place = code.span(pipeline.place);
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
        code: Running<'_>,
        dot: &Value,
        state: &mut State,
        out: &mut Builder,
        with: bool,
    ) -> Result<Flow> {
        let outer = state.variables.len();
        let value = self.pipeline(&branch.pipeline, code, dot, state)?;
        let is_true = value.is_true();
        self.skip(branch, code, is_true, &value);
        let flow = if is_true {
            self.block(branch.then, code, if with { &value } else { dot }, state, out)
        } else {
            self.block(branch.otherwise, code, dot, state, out)
        };
        state.variables.truncate(outer);
        flow
    }

    /// Remembers the branch that is not taken.
    fn skip(&mut self, branch: &Branch, code: Running<'_>, is_true: bool, value: &Value) {
        let condition = branch.pipeline.place;
        let otherwise = &code.syntax[branch.otherwise];
        let (start, block) = match is_true {
            false => (condition.start, &code.syntax[branch.then]),
            true => (otherwise.first().map_or(0, start_of), otherwise),
        };
        if (is_true && block.is_empty()) || self.skipped.len() >= MOST_SKIPPED {
            return;
        }
        let end = block.iter().map(|node| end_of(node, code.syntax)).max().unwrap_or(condition.end);
        self.skipped.push(Skipped {
            branch: code.span(Place { start, end: end.max(start) }),
            condition: code.span(condition),
            value: value.origin().map(|origin| origin.span),
        });
    }

    fn range(
        &mut self,
        branch: &Branch,
        code: Running<'_>,
        dot: &Value,
        state: &mut State,
        out: &mut Builder,
    ) -> Result<Flow> {
        let outer = state.variables.len();
        let value = self.evaluate(&branch.pipeline, code, dot, state)?;
        let place = code.span(branch.pipeline.place);
        let items: Vec<(Value, Value)> = match &value.data {
            Data::List(list) => {
                let pair = |(at, item): (usize, &Value)| (Data::Int(at as i64).into(), item.clone());
                list.0.iter().enumerate().map(pair).collect()
            }
            Data::Map(map) if !map.fixed.get() => {
                let pair = |(key, slot): (Text, Slot)| (Value::from(Str::new(&key, slot.key)), slot.value);
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
            self.skip(branch, code, false, &value);
            let flow = self.block(branch.otherwise, code, dot, state, out);
            state.variables.truncate(outer);
            return flow;
        }
        let names = &code.syntax[branch.pipeline.variables];
        for (key, item) in items {
            self.spend(1, 0)?;
            let pairs = match names {
                [] => vec![],
                [one] => vec![(one, item.clone())],
                [one, two, ..] => vec![(one, key), (two, item.clone())],
            };
            for (name, value) in pairs {
                set_variable(state, name, value, branch.pipeline.assigns);
            }
            let flow = self.block(branch.then, code, &item, state, out)?;
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

fn is_blank(body: &[Node], text: &str) -> bool {
    body.iter().all(|node| match node {
        Node::Text(place) => text.get(place.range()).is_some_and(|text| text.trim().is_empty()),
        _ => false,
    })
}

fn start_of(node: &Node) -> u32 {
    match node {
        Node::Text(place) | Node::Template(_, _, place) => place.start,
        Node::Action(pipeline) => pipeline.place.start,
        Node::If(branch) | Node::With(branch) | Node::Range(branch) => branch.pipeline.place.start,
        Node::Break | Node::Continue => 0,
    }
}

fn end_of(node: &Node, syntax: &Syntax) -> u32 {
    match node {
        Node::Text(place) | Node::Template(_, _, place) => place.end,
        Node::Action(pipeline) => pipeline.place.end,
        Node::If(branch) | Node::With(branch) | Node::Range(branch) => {
            let last = syntax[branch.otherwise].last().or(syntax[branch.then].last());
            let condition = branch.pipeline.place.end;
            last.map_or(condition, |node| end_of(node, syntax)).max(condition)
        }
        Node::Break | Node::Continue => 0,
    }
}
