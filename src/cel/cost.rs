//! The most that an expression can cost, estimated from the sizes that a schema allows, as the API server estimates it
//! before it takes a definition (cel-go, `checker/cost.go`; `staging/src/k8s.io/apiserver/pkg/cel/library/cost.go`).

use std::sync::Arc;

use super::ast::{Call, Expr, ExprKind, Fold, FoldKind, Literal};
use super::declared::{Declared, Shape};
use crate::yaml::Text;

/// The most that an expression costs, with what its variables are declared as.
pub(super) fn estimate(expr: &Expr, variables: &[(Text, Arc<Declared>)], pricing: Pricing) -> u64 {
    let scope = variables.iter().map(|(name, of)| (name.clone(), Size::of(of))).collect();
    Estimate { scope, pricing }.cost(expr).0
}

/// Which versions of the API server estimate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pricing {
    /// Kubernetes 1.37 and later.
    Current,
    /// Earlier ones, for which `matches(text, pattern)` costs next to nothing and only `text.matches(pattern)` counts.
    Before37,
}

/// How large a value can be.
#[derive(Clone, Debug)]
struct Size {
    most: u64,
    declared: Option<Arc<Declared>>,
    /// The items, where the list was made by the expression.
    items: Option<Box<Size>>,
}

impl Size {
    fn of(declared: &Arc<Declared>) -> Size {
        Size { most: declared.most, declared: Some(Arc::clone(declared)), items: None }
    }

    fn new(most: u64) -> Size {
        Size { most, declared: None, items: None }
    }

    fn unknown() -> Size {
        Size::new(u64::MAX)
    }

    /// The size of an item, and of a key where it is a map.
    fn inner(&self, keys: bool) -> Size {
        match self.declared.as_ref().map(|declared| &declared.shape) {
            Some(Shape::List(of)) => Size::of(of),
            // The server takes keys for nothing.
            Some(Shape::Map(_)) if keys => Size::new(0),
            Some(Shape::Map(of)) => Size::of(of),
            _ => self.items.as_deref().cloned().unwrap_or_else(Size::unknown),
        }
    }
}

struct Estimate {
    scope: Vec<(Text, Size)>,
    pricing: Pricing,
}

fn part(size: u64, factor: f64) -> u64 {
    if size == u64::MAX { u64::MAX } else { (size as f64 * factor).ceil() as u64 }
}

impl Estimate {
    /// What an expression costs at most, and how large its value is at most.
    fn cost(&mut self, expr: &Expr) -> (u64, Size) {
        match &expr.kind {
            ExprKind::Literal(literal) => (0, Size::new(length(literal))),
            ExprKind::Ident(name) => {
                let found = self.scope.iter().rev().find(|one| one.0 == *name);
                (1, found.map_or_else(|| Size::new(1), |one| one.1.clone()))
            }
            ExprKind::Select { of, field, .. } => {
                let (cost, size) = self.cost(of);
                let declared = size.declared.as_ref().and_then(|declared| declared.at(field));
                (cost.saturating_add(1), declared.map_or_else(Size::unknown, Size::of))
            }
            ExprKind::Has { of, .. } => (self.cost(of).0, Size::new(1)),
            ExprKind::And(parts) | ExprKind::Or(parts) => (self.sum(parts), Size::new(1)),
            ExprKind::Conditional(parts) => {
                let (condition, (yes, one), (no, two)) =
                    (self.cost(&parts[0]).0, self.cost(&parts[1]), self.cost(&parts[2]));
                let size = if one.most >= two.most { one } else { two };
                (condition.saturating_add(yes.max(no)), size)
            }
            ExprKind::List(items) => {
                let costs: Vec<(u64, Size)> = items.iter().map(|item| self.cost(&item.0)).collect();
                let cost = costs.iter().fold(10u64, |sum, one| sum.saturating_add(one.0));
                let items = costs.into_iter().map(|one| one.1).max_by_key(|size| size.most).map(Box::new);
                (cost, Size { most: expr.children().len() as u64, declared: None, items })
            }
            ExprKind::Map(entries) => {
                let mut cost = 30u64;
                for (key, value, _) in entries {
                    cost = cost.saturating_add(self.cost(key).0).saturating_add(self.cost(value).0);
                }
                (cost, Size::new(entries.len() as u64))
            }
            ExprKind::Struct { fields, .. } => {
                let cost = |sum: u64, field: &(_, Expr, _)| sum.saturating_add(self.cost(&field.1).0);
                (fields.iter().fold(40u64, cost), Size::new(fields.len() as u64))
            }
            ExprKind::Call(call) => self.call(call),
            ExprKind::Fold(fold) => self.fold(fold),
            ExprKind::OptMap { parts, name, .. } => {
                let (target, size) = self.cost(&parts[0]);
                self.scope.push((name.clone(), size));
                let (body, size) = self.cost(&parts[1]);
                self.scope.pop();
                (target.saturating_add(body).saturating_add(20), size)
            }
        }
    }

    fn sum(&mut self, parts: &[Expr]) -> u64 {
        parts.iter().fold(0, |sum, part| sum.saturating_add(self.cost(part).0))
    }

    fn fold(&mut self, fold: &Fold) -> (u64, Size) {
        let (range, size) = self.cost(&fold.range);
        let before = self.scope.len();
        match &fold.second {
            Some(second) => {
                self.scope.push((fold.first.clone(), size.inner(true)));
                self.scope.push((second.clone(), size.inner(false)));
            }
            None => self.scope.push((fold.first.clone(), size.inner(true))),
        }
        let filter = fold.filter.as_ref().map_or(0, |filter| self.cost(filter).0);
        let (body, made) = self.cost(&fold.body);
        self.scope.truncate(before);
        // What the loop itself costs each time: its condition, and what it adds to.
        let own = match fold.kind {
            FoldKind::All => 3,
            FoldKind::Exists => 4,
            FoldKind::ExistsOne => 2,
            FoldKind::Map | FoldKind::TransformList => 12,
            FoldKind::Filter => 13,
            FoldKind::TransformMap | FoldKind::TransformMapEntry => 32,
        };
        let each = filter.saturating_add(body).saturating_add(own);
        let cost = range.saturating_add(size.most.saturating_mul(each)).saturating_add(1);
        let result = match fold.kind {
            FoldKind::All | FoldKind::Exists | FoldKind::ExistsOne => Size::new(1),
            // What is made of a range is as long as the range.
            FoldKind::Filter => Size { items: Some(Box::new(size.inner(true))), ..Size::new(size.most) },
            _ => Size { items: Some(Box::new(made)), ..Size::new(size.most) },
        };
        (cost, result)
    }

    fn call(&mut self, call: &Call) -> (u64, Size) {
        let (mut cost, mut sizes) = (0u64, Vec::with_capacity(call.args.len()));
        for arg in &call.args {
            let (own, size) = self.cost(arg);
            cost = cost.saturating_add(own);
            sizes.push(size);
        }
        let at = |at: usize| sizes.get(at).map_or(1, |size| size.most);
        let (own, size) = match call.name.as_str() {
            "_==_" | "_!=_" => (part(at(0).min(at(1)), 0.1), Size::new(1)),
            "_<_" | "_<=_" | "_>_" | "_>=_" => {
                let shorter = at(0).min(at(1));
                // Of what nothing is known, numbers are compared.
                (if shorter == u64::MAX { 1 } else { part(shorter, 0.1).max(1) }, Size::new(1))
            }
            "_[_]" | "_[?_]" => (1, sizes.first().map_or_else(Size::unknown, |size| size.inner(false))),
            "_+_" => {
                let both = at(0).saturating_add(at(1));
                let is_text = |size: &Size| {
                    size.items.is_none()
                        && !matches!(size.declared.as_ref().map(|one| &one.shape), Some(Shape::List(_)))
                };
                let cost = if sizes.iter().all(is_text) { part(both, 0.1).max(1) } else { 1 };
                let items = sizes.iter().map(|size| size.inner(false)).max_by_key(|size| size.most);
                (cost, Size { most: both, declared: None, items: items.map(Box::new) })
            }
            "@in" => (at(1), Size::new(1)),
            "contains" => (part(at(0), 0.1).saturating_mul(part(at(1), 0.1)), Size::new(1)),
            "startsWith" | "endsWith" => (part(at(1), 0.1), Size::new(1)),
            "matches" if !call.method && self.pricing == Pricing::Before37 => (1, Size::new(1)),
            "matches" | "find" | "findAll" => {
                let cost = part(at(0).saturating_add(1), 0.1).saturating_mul(part(at(1), 0.25));
                (cost, Size { items: Some(Box::new(Size::new(at(0)))), ..Size::new(at(0)) })
            }
            "lowerAscii" | "upperAscii" | "trim" | "substring" | "charAt" | "strings.quote" => {
                (part(at(0), 0.1), Size::new(at(0)))
            }
            // The text is read, and the result is made.
            "replace" => (part(at(0), 0.2), Size::new(at(0))),
            "split" => {
                (part(at(0), 0.2), Size { items: Some(Box::new(Size::new(at(0)))), ..Size::new(at(0)) })
            }
            "join" => {
                // The server looks up how long an item is by the path of the list, which no list has that the
                // expression makes.
                let item = match sizes[0].declared {
                    Some(_) => sizes[0].inner(false).most,
                    None => u64::MAX,
                };
                let between = at(1).saturating_mul(at(0).saturating_sub(1));
                let whole =
                    at(0).saturating_mul(item).saturating_add(if call.args.len() > 1 { between } else { 0 });
                (part(whole, 0.1), Size::new(whole))
            }
            "isSorted" | "sum" | "min" | "max" | "distinct" | "sort" | "reverse" | "flatten" | "@sortBy" => {
                (at(0), Size { items: Some(Box::new(sizes[0].inner(false))), ..Size::new(at(0)) })
            }
            "indexOf" | "lastIndexOf" => (part(at(0), 0.1), Size::new(1)),
            "sets.contains" | "sets.intersects" | "sets.equivalent" => {
                (at(0).saturating_mul(at(1)), Size::new(1))
            }
            "url" | "ip" | "cidr" | "isIP" | "isCIDR" => (part(at(0), 0.1), Size::new(at(0))),
            "string" | "bytes" | "dyn" | "value" | "orValue" | "or" | "optional.of" => {
                let number = |size: &Size| if size.most <= 1 { Size::unknown() } else { size.clone() };
                (1, if call.name == "string" { number(&sizes[0]) } else { sizes[0].clone() })
            }
            "format" => (part(at(0), 0.1).max(1), Size::unknown()),
            _ => (1, Size::new(1)),
        };
        (cost.saturating_add(own), size)
    }
}

fn length(literal: &Literal) -> u64 {
    match literal {
        Literal::Text(text) => text.chars().count() as u64,
        Literal::Bytes(bytes) => bytes.len() as u64,
        _ => 1,
    }
}
