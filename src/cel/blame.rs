//! Which places of the input made an expression true or false: those where one would edit.
//!
//! The expression is followed from its root to what decided: of `a && b` that is false the operand that is false, of
//! `list.all(x, p)` every item of which `p` is false, of a comparison the value of the input that is compared. It is
//! asked only when there is something to report, and evaluates once more what it needs.

use super::ast::{Call, Expr, ExprKind, Fold, FoldKind};
use super::eval::{Evaluation, Variables, pairs};
use super::value::{Data, Value};
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

impl Search<'_> {
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
            _ => {
                let place = self.evaluation.eval(expr).map_or_else(|fault| fault.place, |value| value.place);
                self.push(place);
            }
        }
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
        let (mut much, little): (Vec<_>, Vec<_>) =
            chosen.into_iter().partition(|(part, own)| !self.says_little(part, *own));
        much.extend(little);
        if truth == decides {
            much.truncate(1);
        }
        for (part, own) in much {
            self.blame(part, own);
        }
    }

    /// Whether what decided an expression only guards others.
    fn says_little(&mut self, expr: &Expr, truth: bool) -> bool {
        match &expr.kind {
            ExprKind::And(parts) if !truth => self.decider(parts, false),
            ExprKind::Or(parts) if truth => self.decider(parts, true),
            ExprKind::And(parts) | ExprKind::Or(parts) => {
                parts.iter().all(|part| self.says_little(part, truth))
            }
            ExprKind::Call(call) if call.name == "!_" => self.says_little(&call.args[0], !truth),
            _ => is_guard(expr),
        }
    }

    /// Whether all operands that decided only guard others.
    fn decider(&mut self, parts: &[Expr], decides: bool) -> bool {
        parts.iter().all(|part| self.truth(part) != Some(decides) || self.says_little(part, decides))
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

/// Whether an expression only asks whether something is there, or which object it is.
fn is_guard(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Has { .. } => true,
        ExprKind::Call(call) if call.name == "!_" => is_guard(&call.args[0]),
        ExprKind::Call(call) => call.name == "@in" || call.args.iter().any(is_identity),
        ExprKind::And(parts) | ExprKind::Or(parts) => parts.iter().all(is_guard),
        // Kinds may be listed: `['Pod', 'Job'].all(kind, object.kind != kind)`.
        ExprKind::Fold(fold) => matches!(fold.range.kind, ExprKind::List(_)) && is_guard(&fold.body),
        _ => false,
    }
}

/// Whether an expression is what an object is known by, which nobody changes to obey a rule.
fn is_identity(expr: &Expr) -> bool {
    let ExprKind::Select { of, field, .. } = &expr.kind else { return false };
    match &of.kind {
        ExprKind::Ident(name) => name == "object" && matches!(field.as_str(), "kind" | "apiVersion"),
        ExprKind::Select { of: root, field: parent, .. } => {
            let is_root = matches!(&root.kind, ExprKind::Ident(name) if name == "object");
            is_root && parent == "metadata" && matches!(field.as_str(), "name" | "namespace")
        }
        _ => false,
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
