//! `x-kubernetes-validations`: the rules of a schema, compiled as the server compiles them, and evaluated on an object
//! (`apiextensions-apiserver/pkg/apiserver/schema/cel/`).

use std::cell::Cell;
use std::sync::Arc;

use super::declare::declare;
use super::schema::{Others, Rule, Rules, Schema};
use super::seen;
use crate::cel::{
    Data, Declared, Env, Fault, FaultKind, LARGEST_REQUEST, Mistake, Outcome, Pricing, Program, Type, Value,
    Variables,
};
use crate::files::Span;
use crate::schema::{Trouble, TroubleKind, known};
use crate::yaml::{Node, Text};

/// What all rules of an object may cost together at run time (`celconfig.RuntimeCELCostBudget`).
const BUDGET: u64 = 10_000_000;

/// What one rule may cost at run time (`celconfig.PerCallLimit`).
const PER_RULE: u64 = 1_000_000;

/// What one rule may cost by its estimate (`StaticEstimatedCostLimit`).
const RULE_LIMIT: u64 = 10_000_000;

/// What all rules of a definition may cost by their estimates (`StaticEstimatedCRDCostLimit`).
const DEFINITION_LIMIT: u64 = 100_000_000;

/// The longest message that an expression may make.
const LONGEST_MESSAGE: usize = 5120;

impl<'a> Rules<'a> {
    fn compiled(&self, schema: &Schema<'a>, whole: bool) -> &[Rule<'a>] {
        self.compiled.get_or_init(|| {
            let Some(declared) = declare(schema, whole, "selfType") else { return Vec::new() };
            self.nodes.iter().filter_map(|node| compile(*node, &declared).ok()).collect()
        })
    }
}

/// Why a rule does not compile: the field of the rule, and what is wrong with it.
type Refused<'a> = (Node<'a>, Vec<Mistake>);

fn compile<'a>(node: Node<'a>, declared: &Arc<Declared>) -> Result<Rule<'a>, Refused<'a>> {
    let nothing = (node, Vec::new());
    let at = node.get("rule").ok_or(nothing)?;
    let optional = node.get("optionalOldSelf").is_some_and(|at| at.bool() == Some(true));
    let own = declared.ty();
    let old = if optional { Type::Optional(Arc::new(own.clone())) } else { own.clone() };
    let env = Env::new().with("self", own).with("oldSelf", old);
    let program = Program::compile(at.text(), &env).map_err(|mistakes| (at, mistakes))?;
    if !matches!(program.ty(), Type::Bool) {
        let message = "cel expression must evaluate to a bool".to_owned();
        return Err((at, vec![Mistake::at_start(message)]));
    }
    let message = node.get("messageExpression").filter(|at| !at.text().trim().is_empty());
    let message = message.map(|at| {
        let program = Program::compile(at.text(), &env).map_err(|mistakes| (at, mistakes))?;
        match program.ty() {
            Type::String => Ok(program),
            _ => {
                let message = "messageExpression must evaluate to a string".to_owned();
                Err((at, vec![Mistake::at_start(message)]))
            }
        }
    });
    let old = program.mentions("oldSelf").then_some(optional);
    Ok(Rule { at: node, program, message: message.transpose()?, old })
}

/// What is wrong with the rules of a definition: the place, what, and what to do.
pub(super) fn faults<'a>(root: &Schema<'a>, highest: u32) -> Vec<(Node<'a>, String, String)> {
    let pricing = if highest < 37 { Pricing::Before37 } else { Pricing::Current };
    let mut audit = Audit { found: Vec::new(), total: 0, dearest: None, pricing };
    audit.schema(root, true, Some(1), "selfType");
    if audit.total > DEFINITION_LIMIT
        && audit.found.is_empty()
        && let Some((_, at)) = audit.dearest
    {
        let message = "the rules of the definition may cost more than the API server allows".to_owned();
        audit.found.push((at, message, CHEAPER.to_owned()));
    }
    audit.found
}

const CHEAPER: &str =
    "set `maxItems`, `maxProperties` and `maxLength` on what the rule reads, or make it simpler";

/// The same where only the form `matches(text, pattern)` is too dear.
const SINCE_37: &str = "set `maxLength` on what the rule reads: up to 1.36 `matches(self, …)` costs next to nothing, since then as much as `self.matches(…)`";

struct Audit<'a> {
    found: Vec<(Node<'a>, String, String)>,
    total: u64,
    dearest: Option<(u64, Node<'a>)>,
    pricing: Pricing,
}

impl<'a> Audit<'a> {
    /// A schema whose values there may be so many of in one object; `None` below a list or map without a limit.
    fn schema(&mut self, schema: &Schema<'a>, whole: bool, count: Option<u64>, path: &str) {
        if !schema.has_rules {
            return;
        }
        if let Some(rules) = &schema.rules {
            let declared = declare(schema, whole, path);
            for rule in &rules.nodes {
                match &declared {
                    Some(declared) => self.rule(*rule, declared, count),
                    None => self.found.push((
                        *rule,
                        "the rule stands in a schema without a type".to_owned(),
                        "add `type`, or remove the rule".to_owned(),
                    )),
                }
            }
        }
        for (name, field) in &schema.fields {
            self.schema(field, field.embedded, count, &format!("{path}.{name}"));
        }
        let limits = schema.limits.as_deref();
        let times = |most: Option<Node<'_>>| {
            let most = most.and_then(Node::int).and_then(|most| u64::try_from(most).ok());
            Some(count?.saturating_mul(most?))
        };
        if let Some(items) = &schema.items {
            let count = times(limits.and_then(|limits| limits.max_items));
            self.schema(items, items.embedded, count, &format!("{path}.@idx"));
        }
        if let Others::Of(others) = &schema.others {
            let count = times(limits.and_then(|limits| limits.max_properties));
            self.schema(others, others.embedded, count, &format!("{path}.@elem"));
        }
    }

    fn rule(&mut self, node: Node<'a>, declared: &Arc<Declared>, count: Option<u64>) {
        // An empty one is told elsewhere.
        if node.get("rule").is_none_or(|rule| rule.text().trim().is_empty()) {
            return;
        }
        let rule = match compile(node, declared) {
            Ok(rule) => rule,
            Err((at, mistakes)) => {
                if !at.text().contains("${")
                    && !at.text().contains("{{")
                    && let Some(first) = mistakes.first()
                {
                    let field = if Some(at) == node.get("rule") { "rule" } else { "message expression" };
                    let message = format!("the {field} does not compile: {}", first.message);
                    self.found.push((at, message, first.advice()));
                }
                return;
            }
        };
        // Without a limit as many as a request has room for.
        let count = count.unwrap_or(LARGEST_REQUEST / (declared.least + 1));
        let variables: [(Text, Arc<Declared>); 2] =
            [("self".into(), Arc::clone(declared)), ("oldSelf".into(), Arc::clone(declared))];
        let programs = [(Some(&rule.program), "rule"), (rule.message.as_ref(), "messageExpression")];
        for (program, field) in programs {
            let Some(program) = program else { continue };
            let price = |pricing| program.estimate(&variables, pricing).saturating_mul(count);
            let cost = price(self.pricing);
            let at = node.get(field).unwrap_or(node);
            self.total = self.total.saturating_add(cost);
            if self.dearest.is_none_or(|dearest| dearest.0 < cost) {
                self.dearest = Some((cost, at));
            }
            if cost > RULE_LIMIT {
                let factor = cost as f64 / RULE_LIMIT as f64;
                let times = if factor > 100.0 { "more than 100".to_owned() } else { format!("{factor:.1}") };
                let message = format!("`{field}` may cost {times} times what the API server allows");
                self.found.push(match price(Pricing::Before37) > RULE_LIMIT {
                    true => (at, message, CHEAPER.to_owned()),
                    false => (at, format!("{message} from Kubernetes 1.37 on"), SINCE_37.to_owned()),
                });
            }
        }
    }
}

/// What the rules of a schema say of an object that keeps to it otherwise.
pub(super) fn broken<'a>(schema: &Schema<'a>, object: Node<'a>, drops_status: bool) -> Vec<Trouble<'a>> {
    if !schema.has_rules {
        return Vec::new();
    }
    let Some(value) = seen::object(schema, object, drops_status) else { return Vec::new() };
    let mut court = Court { object, left: Cell::new(BUDGET), found: Vec::new() };
    court.judge(schema, &value, true);
    court.found
}

/// The same of a value that is no whole object.
pub(super) fn broken_by_value<'a>(schema: &Schema<'a>, node: Node<'a>) -> Vec<Trouble<'a>> {
    let value = if schema.has_rules { seen::of(schema, node, schema.embedded) } else { None };
    let Some(value) = value else { return Vec::new() };
    let mut court = Court { object: node, left: Cell::new(BUDGET), found: Vec::new() };
    court.judge(schema, &value, schema.embedded);
    court.found
}

struct Court<'a> {
    object: Node<'a>,
    left: Cell<u64>,
    found: Vec<Trouble<'a>>,
}

impl<'a> Court<'a> {
    fn judge(&mut self, schema: &Schema<'a>, value: &Value, whole: bool) {
        if !schema.has_rules {
            return;
        }
        if let Some(rules) = &schema.rules {
            for rule in rules.compiled(schema, whole) {
                self.rule(rule, value);
            }
        }
        match &value.data {
            Data::Map(map) => {
                if let Others::Of(others) = &schema.others {
                    map.entries.iter().for_each(|entry| self.judge(others, &entry.1, others.embedded));
                }
                for (name, field) in schema.fields.iter().filter(|field| field.1.has_rules) {
                    let inner = super::declare::escaped(name).and_then(|name| map.get(&name));
                    inner.into_iter().for_each(|inner| self.judge(field, inner, field.embedded));
                }
            }
            Data::List(list) => {
                if let Some(items) = &schema.items {
                    list.items.iter().for_each(|item| self.judge(items, item, items.embedded));
                }
            }
            _ => {}
        }
    }

    fn rule(&mut self, rule: &Rule<'a>, value: &Value) {
        // A rule about a change says nothing of a new object, unless it asks for that.
        if rule.old == Some(false) || matches!(value.data, Data::Null) {
            return;
        }
        let own = Own { value, old: rule.old.is_some() };
        let (outcome, cost) = rule.program.run(&own, PER_RULE.min(self.left.get()));
        self.left.set(self.left.get().saturating_sub(cost));
        let fault = match outcome {
            Ok(Value { data: Data::Bool(true), .. }) => return,
            Ok(_) => None,
            Err(fault) if fault.kind == FaultKind::Unknown => return,
            Err(fault) => Some(fault),
        };
        self.report(rule, &own, value, fault);
    }

    fn report(&mut self, rule: &Rule<'a>, own: &Own<'_>, value: &Value, fault: Option<Box<Fault>>) {
        let mut places = match &fault {
            Some(fault) => fault.place.into_iter().collect(),
            None => rule.program.blame(own, false),
        };
        places.retain(|place| value.place.is_none_or(|whole| whole.contains(*place)));
        let named = self.named(rule, value);
        let nodes: Vec<Node<'a>> = places.iter().filter_map(|place| node_at(self.object, *place)).collect();
        // What a tool fills in later may well keep to the rule.
        let open = |node: &Node<'a>| node.scalar().is_some() && known::is_placeholder(node.text());
        if nodes.iter().chain(&named).any(open) {
            return;
        }
        let whole = value.place.and_then(|place| node_at(self.object, place));
        let at = named.or(nodes.first().copied()).or(whole).unwrap_or(self.object);
        let at = surface(self.object, at);
        let text = rule.program.text().trim();
        let written =
            || rule.at.get("message").map(|at| at.text().trim().to_owned()).filter(|text| !text.is_empty());
        let (message, label) = match &fault {
            Some(fault) => (
                format!("a rule of the definition fails: {}", fault.message),
                format!("evaluating rule: {text}"),
            ),
            None => match self.message(rule, own).or_else(written) {
                Some(message) => (message, format!("failed rule: {text}")),
                None => ("a rule of the definition is broken".to_owned(), format!("failed rule: {text}")),
            },
        };
        let mut trouble = Trouble::new(TroubleKind::InvalidByDefault, at, message.trim_end_matches('.'));
        trouble.label = Some(label);
        for other in nodes.iter().filter(|node| **node != at).take(3) {
            trouble.also.push((surface(self.object, *other), "compared with this".to_owned()));
        }
        trouble.also.push((rule.at.get("rule").unwrap_or(rule.at), "the rule".to_owned()));
        if fault.is_some() {
            let written = written().map(|message| format!("the rule says: {message}"));
            trouble.help = written;
        }
        self.found.push(trouble);
    }

    /// What the message expression makes, if it makes a message.
    fn message(&self, rule: &Rule<'a>, own: &Own<'_>) -> Option<String> {
        let (outcome, cost) = rule.message.as_ref()?.run(own, PER_RULE.min(self.left.get()));
        self.left.set(self.left.get().saturating_sub(cost));
        let text = outcome.ok()?.as_text()?.trim().to_owned();
        (!text.is_empty() && !text.contains('\n') && text.len() <= LONGEST_MESSAGE).then_some(text)
    }

    /// The field that the rule itself names.
    fn named(&self, rule: &Rule<'a>, value: &Value) -> Option<Node<'a>> {
        let path = rule.at.get("fieldPath")?.str()?;
        let mut node = node_at(self.object, value.place?)?;
        for part in path.split('.').filter(|part| !part.is_empty()) {
            let part = part.trim_start_matches("['").trim_end_matches("']");
            node = node.get(part)?;
        }
        Some(node)
    }
}

/// The value that a rule is about, and no value before it.
struct Own<'v> {
    value: &'v Value,
    old: bool,
}

impl Variables for Own<'_> {
    fn variable(&self, name: &str) -> Option<Outcome> {
        match name {
            "self" => Some(Ok(self.value.clone())),
            "oldSelf" if self.old => Some(Ok(Value::optional(None))),
            _ => None,
        }
    }
}

/// The node at a place, below another one.
fn node_at<'a>(root: Node<'a>, place: Span) -> Option<Node<'a>> {
    let mut open = vec![root];
    while let Some(node) = open.pop() {
        if node.span() == place {
            return Some(node);
        }
        for entry in node.entries() {
            open.push(entry.value);
            open.push(entry.key);
        }
        open.extend(node.items());
    }
    None
}

/// The key of a collection, which is enough to underline.
fn surface<'a>(root: Node<'a>, node: Node<'a>) -> Node<'a> {
    if node.scalar().is_some() {
        return node;
    }
    let mut open = vec![root];
    while let Some(one) = open.pop() {
        for entry in one.entries() {
            if entry.value == node {
                return entry.key;
            }
            open.push(entry.value);
        }
        open.extend(one.items());
    }
    node.entries().next().map_or(node, |entry| entry.key)
}
