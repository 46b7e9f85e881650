//! Which places of the input made an expression true or false: those where one would edit.
//!
//! The expression is followed from its root to what decided: of `a && b` that is false the operand that is false, of
//! `list.all(x, p)` every item of which `p` is false, of a comparison the value of the input that is compared. It is
//! asked only when there is something to report, and evaluates once more what it needs.

use super::ast::{Call, Expr, ExprKind, Fold, FoldKind, Literal};
use super::eval::{Evaluation, pairs};
use super::program::Program;
use super::value::{Data, Value};
use super::variables::Variables;
use crate::files::Span;

/// So many places are told.
const MOST: usize = 10;

/// What one evaluation may cost here.
const PATIENCE: u64 = 10_000_000;

/// The places that made an expression this truth value.
pub(super) fn places(expr: &Expr, variables: &dyn Variables, truth: bool) -> Vec<Span> {
    let mut search = Search { evaluation: Evaluation::new(variables, PATIENCE), found: Vec::new() };
    search.blame(expr, truth);
    let mut found = search.found;
    let mut seen: Vec<Span> = Vec::new();
    found.retain(|place| {
        let fresh = !seen.contains(place);
        if fresh {
            seen.push(*place);
        }
        fresh
    });
    found.truncate(MOST);
    found
}

struct Search<'v> {
    evaluation: Evaluation<'v>,
    found: Vec<Span>,
}

impl<'v> Search<'v> {
    /// What a variable of the policy is made of.
    fn variable(&self, of: &Expr, field: &str) -> Option<&'v Expr> {
        match &of.kind {
            ExprKind::Ident(name) => self.evaluation.variables.program(name, field).map(Program::expr),
            _ => None,
        }
    }

    fn truth(&mut self, expr: &Expr) -> Option<bool> {
        self.evaluation.eval(expr).ok()?.as_bool()
    }

    fn push(&mut self, place: Option<Span>) {
        if self.found.len() < 4 * MOST {
            self.found.extend(place);
        }
    }

    /// Follows an expression that is of this truth value.
    fn blame(&mut self, expr: &Expr, truth: bool) {
        match &expr.kind {
            ExprKind::And(parts) => self.parts(parts, truth, false),
            ExprKind::Or(parts) => self.parts(parts, truth, true),
            ExprKind::Conditional(parts) => {
                let chosen = match self.truth(&parts[0]) {
                    Some(true) => &parts[1],
                    _ => &parts[2],
                };
                let before = self.found.len();
                self.blame(chosen, truth);
                if self.found.len() == before
                    && let Some(condition) = self.truth(&parts[0])
                {
                    self.blame(&parts[0], condition);
                }
            }
            ExprKind::Call(call) if call.name == "!_" => self.blame(&call.args[0], !truth),
            ExprKind::Call(call) => self.call(call),
            ExprKind::Fold(fold) => self.fold(expr, fold, truth),
            ExprKind::Select { of, field, .. } if let Some(inner) = self.variable(of, field) => {
                let before = self.found.len();
                self.blame(inner, truth);
                if self.found.len() == before {
                    self.value(expr);
                }
            }
            _ => self.value(expr),
        }
    }

    fn value(&mut self, expr: &Expr) {
        let place = self.evaluation.eval(expr).map_or_else(|fault| fault.place, |value| value.place);
        self.push(place);
    }

    /// The operands that decided: one that does, or all of them together.
    fn parts(&mut self, parts: &[Expr], truth: bool, decides: bool) {
        let truths: Vec<Option<bool>> = parts.iter().map(|part| self.truth(part)).collect();
        let mut chosen: Vec<(&Expr, bool)> = Vec::new();
        for (part, own) in parts.iter().zip(truths) {
            match own {
                Some(own) if truth != decides || own == decides => chosen.push((part, own)),
                _ => {}
            }
        }
        // Of several, a comparison says more than a presence or a kind, which comes first and guards it.
        let mut ranked: Vec<(Guard, &Expr, bool)> =
            chosen.into_iter().map(|(part, own)| (self.guard(part, own), part, own)).collect();
        ranked.sort_by_key(|one| one.0);
        if truth == decides {
            ranked.truncate(1);
        }
        for (_, part, own) in ranked {
            self.blame(part, own);
        }
    }

    /// How much of what decided an expression only guards others.
    fn guard(&mut self, expr: &Expr, truth: bool) -> Guard {
        match &expr.kind {
            ExprKind::And(parts) | ExprKind::Or(parts) => {
                let decides = matches!(expr.kind, ExprKind::Or(_));
                let mut least = None;
                for part in parts {
                    if truth != decides || self.truth(part) == Some(decides) {
                        let own = self.guard(part, truth);
                        least = Some(least.map_or(own, |least: Guard| least.min(own)));
                    }
                }
                least.unwrap_or(Guard::None)
            }
            ExprKind::Call(call) if call.name == "!_" => self.guard(&call.args[0], !truth),
            _ => guard(expr),
        }
    }

    /// The operand that comes from the input; of several the one that is nearest to a single value.
    fn call(&mut self, call: &Call) {
        let mut best: Option<Span> = None;
        for arg in &call.args {
            let place = match self.evaluation.eval(arg) {
                Ok(value) => deepest(&value),
                Err(fault) => fault.place,
            };
            let Some(place) = place else { continue };
            let narrower = best.is_none_or(|best| best.contains(place) && best != place);
            if narrower {
                best = Some(place);
            }
        }
        if best.is_none()
            && let [target, ..] = call.args.as_slice()
        {
            return self.blame(target, true);
        }
        self.push(best);
    }

    fn fold(&mut self, expr: &Expr, fold: &Fold, truth: bool) {
        let each = match fold.kind {
            FoldKind::All if !truth => false,
            FoldKind::Exists if truth => true,
            // Nothing on a list that the policy brings fits: the list is no place to edit.
            FoldKind::Exists if self.is_of_policy(&fold.range) => return self.first(fold),
            _ => {
                let range = self.evaluation.eval(&fold.range).ok().and_then(|range| range.place);
                let own = || self.evaluation.eval(expr).ok().and_then(|value| value.place);
                let place = range.or_else(own);
                return self.push(place);
            }
        };
        let Ok(range) = self.evaluation.eval(&fold.range) else { return };
        let Ok(pairs) = pairs(&range, fold.second.is_some()) else { return };
        let scope = self.evaluation.scope();
        for (first, second) in pairs {
            let place = second.as_ref().and_then(|value| value.place).or(first.place);
            self.evaluation.push(&fold.first, first);
            if let (Some(name), Some(value)) = (&fold.second, second) {
                self.evaluation.push(name, value);
            }
            if self.truth(&fold.body) == Some(each) {
                let before = self.found.len();
                self.blame(&fold.body, each);
                let inside = |found: &Span| place.is_none_or(|place| place.contains(*found));
                // What lies outside of the item does not tell which one it is.
                if !self.found[before..].iter().any(inside) {
                    self.found.truncate(before);
                    self.push(place);
                }
            }
            self.evaluation.truncate(scope);
            if self.found.len() >= MOST {
                return;
            }
        }
        if self.found.is_empty() {
            self.push(range.place);
        }
    }
}

impl Search<'_> {
    /// Whether a list does not come from the object.
    fn is_of_policy(&mut self, range: &Expr) -> bool {
        let place = |range: Value| deepest(&range);
        range.mentions("params") || self.evaluation.eval(range).is_ok_and(|range| place(range).is_none())
    }

    /// What is compared with the first item of a list.
    fn first(&mut self, fold: &Fold) {
        let Ok(range) = self.evaluation.eval(&fold.range) else { return };
        let Ok(pairs) = pairs(&range, fold.second.is_some()) else { return };
        let Some((first, second)) = pairs.into_iter().next() else { return };
        let scope = self.evaluation.scope();
        self.evaluation.push(&fold.first, first);
        if let (Some(name), Some(value)) = (&fold.second, second) {
            self.evaluation.push(name, value);
        }
        self.blame(&fold.body, false);
        self.evaluation.truncate(scope);
    }
}

/// What an expression is asked for, beside what others are about; what says more comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Guard {
    /// It is what the policy is about.
    None,
    /// Whether something is there.
    Presence,
    /// Which name or namespace the object has.
    Name,
    /// Which kind it is.
    Kind,
}

/// Whether an expression only asks whether something is there, or which object it is.
fn guard(expr: &Expr) -> Guard {
    match &expr.kind {
        ExprKind::Has { .. } => Guard::Presence,
        ExprKind::Call(call) => {
            let is_null = |arg: &Expr| matches!(arg.kind, ExprKind::Literal(Literal::Null));
            let named = call.args.iter().map(identity).max().unwrap_or(Guard::None);
            let asked = call.name == "@in" || call.args.iter().any(is_null);
            named.max(if asked { Guard::Presence } else { Guard::None })
        }
        // Kinds may be listed: `['Pod', 'Job'].all(kind, object.kind != kind)`.
        ExprKind::Fold(fold) if matches!(fold.range.kind, ExprKind::List(_)) => guard(&fold.body),
        _ => Guard::None,
    }
}

/// Whether an expression is what an object is known by, which nobody changes to obey a rule.
fn identity(expr: &Expr) -> Guard {
    let ExprKind::Select { of, field, .. } = &expr.kind else { return Guard::None };
    match &of.kind {
        ExprKind::Ident(name) if name == "object" && matches!(field.as_str(), "kind" | "apiVersion") => {
            Guard::Kind
        }
        ExprKind::Select { of: root, field: parent, .. } => {
            let is_root = matches!(&root.kind, ExprKind::Ident(name) if name == "object");
            let is_name = parent == "metadata" && matches!(field.as_str(), "name" | "namespace");
            if is_root && is_name { Guard::Name } else { Guard::None }
        }
        _ => Guard::None,
    }
}

/// The place of a value; of a list that was made, that of its first item.
fn deepest(value: &Value) -> Option<Span> {
    value.place.or_else(|| match &value.data {
        Data::List(list) => list.items.iter().find_map(deepest),
        Data::Optional(Some(inner)) => deepest(inner),
        _ => None,
    })
}
