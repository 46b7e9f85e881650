//! What an expression comes to.
//!
//! Values keep the place in the input that they come from. The cost is counted about as cel-go counts it
//! (`interpreter/runtimecost.go`), so that a hostile expression ends where the server ends it.

use std::sync::Arc;

use super::ast::{Call, Expr, ExprKind, Fold, FoldKind, Literal};
use super::fault::{Fault, FaultKind};
use super::library;
use super::meter::cost;
use super::value::{Data, Foreign, Map, Outcome, Value};
use super::variables::Variables;
use crate::yaml::Text;

/// An evaluation.
pub(super) struct Evaluation<'v> {
    pub variables: &'v dyn Variables,
    /// Names of loops and their values.
    scope: Vec<(Text, Value)>,
    cost: u64,
    limit: u64,
}

impl<'v> Evaluation<'v> {
    pub fn new(variables: &'v dyn Variables, limit: u64) -> Self {
        Evaluation { variables, scope: Vec::new(), cost: 0, limit }
    }

    /// What it cost so far.
    pub fn cost(&self) -> u64 {
        self.cost
    }

    pub fn push(&mut self, name: &Text, value: Value) {
        self.scope.push((name.clone(), value));
    }

    pub fn scope(&self) -> usize {
        self.scope.len()
    }

    pub fn truncate(&mut self, scope: usize) {
        self.scope.truncate(scope);
    }

    fn pay(&mut self, cost: u64) -> Result<(), Box<Fault>> {
        self.cost = self.cost.saturating_add(cost);
        match self.cost > self.limit {
            true => Err(Box::new(Fault {
                kind: FaultKind::Cost,
                message: "operation cancelled: actual cost limit exceeded".to_owned(),
                place: None,
            })),
            false => Ok(()),
        }
    }

    pub fn eval(&mut self, expr: &Expr) -> Outcome {
        match &expr.kind {
            ExprKind::Literal(literal) => Ok(Value::new(of_literal(literal))),
            ExprKind::Ident(name) => self.ident(name),
            ExprKind::Select { of, field, optional } => self.select(expr, of, field, *optional),
            ExprKind::Has { of, field } => {
                if let ExprKind::Ident(name) = &of.kind
                    && let Some(found) = self.variables.field(name, field)
                {
                    return Ok(Value::bool(found.is_ok()));
                }
                let value = self.eval(of)?;
                has(&value, field)
            }
            ExprKind::Call(call) => self.call(call),
            ExprKind::And(parts) => self.logic(parts, false),
            ExprKind::Or(parts) => self.logic(parts, true),
            ExprKind::Conditional(parts) => match self.eval(&parts[0])?.as_bool() {
                Some(true) => self.eval(&parts[1]),
                Some(false) => self.eval(&parts[2]),
                None => Err(Fault::overload()),
            },
            ExprKind::List(items) => {
                self.pay(10)?;
                let mut list = Vec::with_capacity(items.len());
                for (item, optional) in items {
                    let value = self.eval(item)?;
                    match (&value.data, optional) {
                        (Data::Optional(inner), true) => list.extend(inner.as_deref().cloned()),
                        (_, true) => return Err(Fault::overload()),
                        _ => list.push(value),
                    }
                }
                Ok(Value::list(list))
            }
            ExprKind::Map(entries) => {
                self.pay(30)?;
                let mut map: Vec<(Value, Value)> = Vec::with_capacity(entries.len());
                for (key, value, optional) in entries {
                    let (key, mut value) = (self.eval(key)?, self.eval(value)?);
                    if *optional {
                        match &value.data {
                            Data::Optional(Some(inner)) => value = (**inner).clone(),
                            Data::Optional(None) => continue,
                            _ => return Err(Fault::overload()),
                        }
                    }
                    insert(&mut map, key, value)?;
                }
                Ok(Value::map(map))
            }
            // Only patches are made of these, and nobody here applies one.
            ExprKind::Struct { name, .. } => Err(Fault::unknown(name.to_string())),
            ExprKind::Fold(fold) => self.fold(fold),
            ExprKind::OptMap { parts, name, flat } => {
                let target = self.eval(&parts[0])?;
                let Data::Optional(inner) = &target.data else { return Err(Fault::overload()) };
                let Some(inner) = inner else { return Ok(Value::optional(None).or_at(target.place)) };
                self.scope.push((name.clone(), (**inner).clone()));
                let body = self.eval(&parts[1]);
                self.scope.pop();
                let body = body?;
                Ok(if *flat { body } else { Value::optional(Some(body)) })
            }
        }
    }

    fn ident(&mut self, name: &Text) -> Outcome {
        self.pay(1)?;
        if let Some(found) = self.scope.iter().rev().find(|one| one.0 == *name) {
            return Ok(found.1.clone());
        }
        if let Some(found) = self.variables.variable(name) {
            return found;
        }
        match library::type_of(name) {
            Some(_) => Ok(Value::new(Data::Type(name.clone()))),
            None => Err(Fault::error(format!("no such attribute(s): {name}"))),
        }
    }

    fn select(&mut self, expr: &Expr, of: &Expr, field: &Text, optional: bool) -> Outcome {
        if let ExprKind::Ident(name) = &of.kind
            && !self.scope.iter().any(|one| one.0 == *name)
            && let Some(found) = self.variables.field(name, field)
        {
            self.pay(2)?;
            return found;
        }
        if let Some(name) = expr.qualified()
            && library::type_of(&name).is_some()
        {
            return Ok(Value::new(Data::Type(name.into())));
        }
        let value = self.eval(of)?;
        self.pay(1)?;
        select(&value, field, optional)
    }

    /// `&&` and `||`: one operand that decides absorbs the errors of others; what is not known beats an error.
    fn logic(&mut self, parts: &[Expr], decides: bool) -> Outcome {
        let mut fault: Option<Box<Fault>> = None;
        for part in parts {
            match self.eval(part) {
                Ok(value) => match value.data {
                    Data::Bool(truth) if truth == decides => return Ok(value),
                    Data::Bool(_) => {}
                    _ => {
                        let own = unknown(&value).map_or_else(Fault::overload, Fault::unknown);
                        keep(&mut fault, own.at(value.place));
                    }
                },
                Err(own) if own.kind == FaultKind::Cost => return Err(own),
                Err(own) => keep(&mut fault, own),
            }
        }
        match fault {
            Some(fault) => Err(fault),
            None => Ok(Value::bool(!decides)),
        }
    }

    fn call(&mut self, call: &Call) -> Outcome {
        let Some(function) = call.function else {
            return Err(Fault::error(format!("no such function: {}", call.name)));
        };
        let args = match call.args.as_slice() {
            [one] => vec![self.eval(one)?],
            [one, two] => vec![self.eval(one)?, self.eval(two)?],
            args => args.iter().map(|arg| self.eval(arg)).collect::<Result<Vec<_>, _>>()?,
        };
        self.pay(cost(&call.name, &args))?;
        if let Some(what) = args.iter().find_map(unknown) {
            // Whatever it is, it is there.
            let is_empty = |arg: &Value| arg.as_text().is_some_and(str::is_empty);
            return match call.name.as_str() {
                "_==_" if args.iter().any(is_empty) => Ok(Value::bool(false)),
                "_!=_" if args.iter().any(is_empty) => Ok(Value::bool(true)),
                _ => Err(Fault::unknown(what)),
            };
        }
        let place = args.iter().find_map(|arg| arg.place);
        match (function.run)(&args) {
            Ok(value) => Ok(value.or_at(place)),
            Err(fault) => Err(fault.at(place)),
        }
    }

    fn fold(&mut self, fold: &Fold) -> Outcome {
        let range = self.eval(&fold.range)?;
        let place = range.place;
        let pairs = pairs(&range, fold.second.is_some())?;
        let mut made = Made { fold, list: Vec::new(), map: Vec::new(), count: 0, fault: None };
        let before = self.scope.len();
        for (first, second) in pairs {
            self.pay(3)?;
            self.scope.push((fold.first.clone(), first.clone()));
            if let (Some(name), Some(value)) = (&fold.second, second) {
                self.scope.push((name.clone(), value));
            }
            let step = self.step(fold);
            self.scope.truncate(before);
            if made.add(first, step)? {
                return Ok(Value::bool(fold.kind == FoldKind::Exists).or_at(place));
            }
        }
        Ok(made.finish()?.or_at(place))
    }

    /// What becomes of one item; nothing, where a filter leaves it out.
    fn step(&mut self, fold: &Fold) -> Result<Option<Value>, Box<Fault>> {
        if let Some(filter) = &fold.filter {
            match self.eval(filter)?.data {
                Data::Bool(true) => {}
                Data::Bool(false) => return Ok(None),
                _ => return Err(Fault::overload()),
            }
        }
        self.eval(&fold.body).map(Some)
    }
}

/// What a loop made so far.
struct Made<'f> {
    fold: &'f Fold,
    list: Vec<Value>,
    map: Vec<(Value, Value)>,
    count: u32,
    fault: Option<Box<Fault>>,
}

impl Made<'_> {
    /// Takes the next one; true if the loop ends with it.
    fn add(&mut self, item: Value, step: Result<Option<Value>, Box<Fault>>) -> Result<bool, Box<Fault>> {
        let truth = |value: &Value| value.as_bool().ok_or_else(|| Fault::overload().at(value.place));
        match self.fold.kind {
            FoldKind::All | FoldKind::Exists => {
                let decides = self.fold.kind == FoldKind::Exists;
                match step.and_then(|value| value.map_or(Ok(!decides), |value| truth(&value))) {
                    Ok(value) => return Ok(value == decides),
                    Err(fault) if fault.kind == FaultKind::Cost => return Err(fault),
                    Err(fault) => keep(&mut self.fault, fault),
                }
            }
            FoldKind::ExistsOne => {
                if let Some(value) = step? {
                    self.count += u32::from(truth(&value)?);
                }
            }
            FoldKind::Filter => {
                if let Some(value) = step?
                    && truth(&value)?
                {
                    self.list.push(item);
                }
            }
            FoldKind::Map | FoldKind::TransformList => self.list.extend(step?),
            FoldKind::TransformMap => {
                if let Some(value) = step? {
                    insert(&mut self.map, item, value)?;
                }
            }
            FoldKind::TransformMapEntry => {
                if let Some(value) = step? {
                    let Data::Map(made) = &value.data else { return Err(Fault::overload()) };
                    for (key, value) in &made.entries {
                        insert(&mut self.map, key.clone(), value.clone())?;
                    }
                }
            }
        }
        Ok(false)
    }

    fn finish(self) -> Outcome {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        Ok(match self.fold.kind {
            FoldKind::All => Value::bool(true),
            FoldKind::Exists => Value::bool(false),
            FoldKind::ExistsOne => Value::bool(self.count == 1),
            FoldKind::Filter | FoldKind::Map | FoldKind::TransformList => Value::list(self.list),
            FoldKind::TransformMap | FoldKind::TransformMapEntry => {
                Value::new(Data::Map(Arc::new(Map { entries: self.map })))
            }
        })
    }
}

/// What is not known beats an error; else the first one counts.
fn keep(kept: &mut Option<Box<Fault>>, fault: Box<Fault>) {
    let stronger =
        fault.kind == FaultKind::Unknown && kept.as_ref().is_some_and(|kept| kept.kind != FaultKind::Unknown);
    if kept.is_none() || stronger {
        *kept = Some(fault);
    }
}

/// What a loop runs over: items of a list, keys of a map; with two names, indices and keys with the values.
pub(super) fn pairs(range: &Value, both: bool) -> Result<Vec<(Value, Option<Value>)>, Box<Fault>> {
    match &range.data {
        Data::List(list) if both => {
            let one =
                |(at, item): (usize, &Value)| (Value::int(at as i64).or_at(item.place), Some(item.clone()));
            Ok(list.items.iter().enumerate().map(one).collect())
        }
        Data::List(list) => Ok(list.items.iter().map(|item| (item.clone(), None)).collect()),
        Data::Map(map) => {
            let one = |(key, value): &(Value, Value)| (key.clone(), both.then(|| value.clone()));
            Ok(map.entries.iter().map(one).collect())
        }
        _ => {
            let ty = go_type(range);
            Err(Fault::error(format!("got '{ty}', expected iterable type")).at(range.place))
        }
    }
}

/// A type as Go prints it in messages of cel-go.
fn go_type(value: &Value) -> &'static str {
    match value.data {
        Data::Text(_) => "types.String",
        Data::Int(_) => "types.Int",
        Data::Uint(_) => "types.Uint",
        Data::Bool(_) => "types.Bool",
        Data::Double(_) => "types.Double",
        Data::Bytes(_) => "types.Bytes",
        Data::Null => "types.Null",
        Data::Optional(_) => "*types.Optional",
        _ => "a value",
    }
}

fn insert(map: &mut Vec<(Value, Value)>, key: Value, value: Value) -> Result<(), Box<Fault>> {
    if map.iter().any(|own| own.0.equals(&key)) {
        let key = super::functions::print::plain(&key);
        return Err(Fault::error(format!("insert failed: key {key} already exists")));
    }
    map.push((key, value));
    Ok(())
}

/// What a value stands for that only a cluster knows.
fn unknown(value: &Value) -> Option<&'static str> {
    match &value.data {
        Data::Foreign(foreign) => match **foreign {
            Foreign::Cluster(what) => Some(what),
            _ => None,
        },
        _ => None,
    }
}

/// A field of a value.
fn select(value: &Value, field: &Text, optional: bool) -> Outcome {
    match &value.data {
        Data::Map(map) => match (map.get(field), optional) {
            (Some(found), false) => Ok(found.clone()),
            (Some(found), true) => Ok(Value::optional(Some(found.clone()))),
            (None, true) => Ok(Value::optional(None).or_at(value.place)),
            (None, false) => Err(Fault::error(format!("no such key: {field}")).at(value.place)),
        },
        Data::Optional(inner) => match inner {
            Some(inner) => match select(inner, field, true)? {
                Value { data: Data::Optional(found), place } => {
                    Ok(Value { data: Data::Optional(found), place })
                }
                other => Ok(Value::optional(Some(other))),
            },
            None => Ok(value.clone()),
        },
        Data::Null => Err(Fault::error(format!("no such key: {field}")).at(value.place)),
        Data::List(_) => Err(Fault::error("unsupported index type 'string' in list").at(value.place)),
        // `authorizer.requestResource`, the one field of a value of a library.
        Data::Foreign(foreign) if matches!(**foreign, Foreign::Allowing) => Ok(value.clone()),
        _ => match unknown(value) {
            Some(what) => Err(Fault::unknown(what)),
            None => Err(Fault::overload().at(value.place)),
        },
    }
}

fn has(value: &Value, field: &Text) -> Outcome {
    match &value.data {
        Data::Map(map) => {
            let found = map.get(field);
            let place = found.and_then(|found| found.place).or(value.place);
            Ok(Value { data: Data::Bool(found.is_some()), place })
        }
        Data::Optional(Some(inner)) => has(inner, field),
        Data::Optional(None) => Ok(Value::bool(false).or_at(value.place)),
        _ => Err(Fault::overload().at(value.place)),
    }
}

fn of_literal(literal: &Literal) -> Data {
    match literal {
        Literal::Null => Data::Null,
        Literal::Bool(value) => Data::Bool(*value),
        Literal::Int(value) => Data::Int(*value),
        Literal::Uint(value) => Data::Uint(*value),
        Literal::Double(value) => Data::Double(*value),
        Literal::Text(text) => Data::Text(text.clone()),
        Literal::Bytes(bytes) => Data::Bytes(bytes.as_slice().into()),
    }
}
