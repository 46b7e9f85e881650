//! Which type an expression has, and what cel-go's checker refuses (`checker/checker.go`, and the validators of
//! `cel/validator.go` that the API server switches on).

use std::sync::Arc;

use super::ast::{Call, Expr, ExprKind, Fold, FoldKind, Literal};
use super::fault::{Mistake, MistakeKind};
use super::functions::{convert, patterns};
use super::library::{self, Overload};
use super::types::{Bindings, Fields, Open, Type};
use crate::yaml::Text;

/// The type of `authorizer`.
pub(super) const AUTHORIZER: &str = "kubernetes.authorization.Authorizer";

/// The type of `authorizer.requestResource`.
const RESOURCE_CHECK: &str = "kubernetes.authorization.ResourceCheck";

/// The variables that an expression may use.
#[derive(Clone, Debug, Default)]
pub struct Env {
    variables: Vec<(Text, Type)>,
    structs: Vec<Arc<dyn Fields>>,
}

impl Env {
    /// No variable.
    pub fn new() -> Self {
        Env::default()
    }

    /// One more variable.
    pub fn with(mut self, name: impl Into<Text>, ty: Type) -> Self {
        self.variables.push((name.into(), ty));
        self
    }

    /// One more type whose values may be written out, as `Name{field: value}`.
    pub fn making(mut self, of: Arc<dyn Fields>) -> Self {
        self.structs.push(of);
        self
    }

    /// The type of a struct that is written out: `Object.spec` is a part of `Object`.
    fn made(&self, name: &str) -> Option<Arc<dyn Fields>> {
        let whole = name.split_once('.').map_or(name, |(first, _)| first);
        let of = self.structs.iter().find(|of| of.name() == whole)?;
        Some(if whole == name { Arc::clone(of) } else { Arc::new(Open(name.into())) })
    }

    fn find(&self, name: &str) -> Option<&Type> {
        self.variables.iter().rev().find(|variable| variable.0 == name).map(|variable| &variable.1)
    }
}

/// The type of an expression, or everything that is wrong with it.
pub(super) fn check(expr: &Expr, env: &Env) -> Result<Type, Vec<Mistake>> {
    let mut checker = Checker { env: env.clone(), mistakes: Vec::new() };
    let ty = checker.of(expr);
    if checker.mistakes.is_empty() {
        checker.literals(expr);
    }
    match checker.mistakes.is_empty() {
        true => Ok(ty),
        false => Err(checker.mistakes),
    }
}

struct Checker {
    env: Env,
    mistakes: Vec<Mistake>,
}

impl Checker {
    fn fail(&mut self, at: u32, message: String) -> Type {
        self.mistakes.push(Mistake::new(at as usize, message));
        Type::Error
    }

    fn undeclared(&mut self, at: u32, name: &str) -> Type {
        self.fail(at, format!("undeclared reference to '{name}'"))
    }

    fn of(&mut self, expr: &Expr) -> Type {
        match &expr.kind {
            ExprKind::Literal(literal) => of_literal(literal),
            ExprKind::Ident(name) => match self.env.find(name) {
                Some(ty) => ty.clone(),
                None => match library::type_of(name) {
                    Some(ty) => Type::Type(Arc::new(ty)),
                    None => self.undeclared(expr.at, name),
                },
            },
            ExprKind::Select { of, field, optional } => {
                if let Some(ty) = self.type_name(expr) {
                    return Type::Type(Arc::new(ty));
                }
                let ty = self.of(of);
                let found = self.select(expr.at, &ty, field);
                match (&found, optional) {
                    (Type::Optional(_), true) => found,
                    (_, true) => Type::Optional(Arc::new(found)),
                    _ => found,
                }
            }
            ExprKind::Has { of, field } => {
                let ty = self.of(of);
                self.select(expr.at, &ty, field);
                Type::Bool
            }
            ExprKind::Call(call) => self.call(expr.at, call),
            ExprKind::And(parts) | ExprKind::Or(parts) => {
                for part in parts {
                    let ty = self.of(part);
                    self.want(part, &Type::Bool, &ty);
                }
                Type::Bool
            }
            ExprKind::Conditional(parts) => {
                let [condition, yes, no] = parts.each_ref().map(|part| self.of(part));
                let mut known = Bindings::default();
                let fits = known.takes(&Type::Bool, &condition)
                    && known.takes(&Type::Param(0), &yes)
                    && known.takes(&Type::Param(0), &no);
                match fits {
                    true => Type::Param(0).filled(&known),
                    false => self.no_overload(expr.at, "_?_:_", false, &[condition, yes, no]),
                }
            }
            ExprKind::List(items) => {
                let types: Vec<Type> = items
                    .iter()
                    .map(|(item, optional)| match (self.of(item), optional) {
                        (Type::Optional(inner), true) => (*inner).clone(),
                        (ty, _) => ty,
                    })
                    .collect();
                Type::list(joined(&types))
            }
            ExprKind::Map(entries) => {
                let (mut keys, mut values) = (Vec::new(), Vec::new());
                for (key, value, optional) in entries {
                    keys.push(self.of(key));
                    values.push(match (self.of(value), optional) {
                        (Type::Optional(inner), true) => (*inner).clone(),
                        (ty, _) => ty,
                    });
                }
                Type::map(joined(&keys), joined(&values))
            }
            ExprKind::Struct { name, fields } => {
                let Some(of) = self.env.made(name) else { return self.undeclared(expr.at, name) };
                for (field, value, optional) in fields {
                    let wanted = self.select(value.at, &Type::Object(Arc::clone(&of)), field);
                    let given = match (self.of(value), optional) {
                        (Type::Optional(inner), true) => (*inner).clone(),
                        (ty, _) => ty,
                    };
                    self.want(value, &wanted, &given);
                }
                Type::Object(of)
            }
            ExprKind::Fold(fold) => self.fold(expr.at, fold),
            ExprKind::OptMap { parts, name, flat } => {
                let target = self.of(&parts[0]);
                let inner = match target {
                    Type::Optional(inner) => (*inner).clone(),
                    ref open if open.is_open() => Type::Dyn,
                    other => self.no_overload(expr.at, "hasValue", true, &[other]),
                };
                self.env.variables.push((name.clone(), inner));
                let body = self.of(&parts[1]);
                self.env.variables.pop();
                match (flat, body) {
                    (false, body) => Type::Optional(Arc::new(body)),
                    (true, body @ Type::Optional(_)) => body,
                    (true, ref open) if open.is_open() => Type::Optional(Arc::new(Type::Dyn)),
                    (true, other) => {
                        let optional = Type::Optional(Arc::new(Type::Dyn));
                        self.no_overload(expr.at, "_?_:_", false, &[Type::Bool, other, optional])
                    }
                }
            }
        }
    }

    /// The type that a chain of names such as `google.protobuf.Duration` names.
    fn type_name(&self, expr: &Expr) -> Option<Type> {
        let name = expr.qualified()?;
        let first = name.split('.').next()?;
        if self.env.find(first).is_some() { None } else { library::type_of(&name) }
    }

    fn select(&mut self, at: u32, ty: &Type, field: &str) -> Type {
        match ty {
            Type::Dyn | Type::Error | Type::Param(_) => Type::Dyn,
            Type::Map(pair) => pair.1.clone(),
            Type::Object(of) => match of.field(field) {
                Some(ty) => ty,
                None => {
                    let mistake = Mistake::new(at as usize, format!("undefined field '{field}'"));
                    self.mistakes.push(Mistake { kind: MistakeKind::UnknownField, ..mistake });
                    Type::Error
                }
            },
            Type::Optional(inner) => match self.select(at, inner, field) {
                found @ (Type::Optional(_) | Type::Error) => found,
                found => Type::Optional(Arc::new(found)),
            },
            // A variable of its own, with a dot in its name.
            Type::Opaque(AUTHORIZER) if field == "requestResource" => Type::Opaque(RESOURCE_CHECK),
            other => self.fail(at, format!("type '{other}' does not support field selection")),
        }
    }

    fn want(&mut self, expr: &Expr, wanted: &Type, given: &Type) {
        if !Bindings::default().takes(wanted, given) {
            self.fail(expr.at, format!("expected type '{wanted}' but found '{given}'"));
        }
    }

    fn no_overload(&mut self, at: u32, name: &str, method: bool, args: &[Type]) -> Type {
        let shown = |args: &[Type]| args.iter().map(Type::to_string).collect::<Vec<_>>().join(", ");
        let applied = match (method, args) {
            (true, [target, rest @ ..]) => format!("{target}.({})", shown(rest)),
            _ => format!("({})", shown(args)),
        };
        self.fail(at, format!("found no matching overload for '{name}' applied to '{applied}'"))
    }

    fn call(&mut self, at: u32, call: &Call) -> Type {
        let args: Vec<Type> = call.args.iter().map(|arg| self.of(arg)).collect();
        let Some(function) = call.function else { return self.undeclared(at, &call.name) };
        let mut found: Option<Type> = None;
        for overload in function.overloads.iter().filter(|one| one.method == call.method) {
            if let Some(result) = result(overload, &args) {
                found = match found {
                    None => Some(result),
                    Some(before) if before.is(&result) => Some(before),
                    Some(_) => Some(Type::Dyn),
                };
            }
        }
        match found {
            Some(ty) => ty,
            None => {
                let result = self.no_overload(at, &call.name, call.method, &args);
                if let ([one, two], Some(last)) = (args.as_slice(), self.mistakes.last_mut())
                    && call.name.starts_with('_')
                    && [one, two].iter().all(|ty| ty.is_scalar())
                {
                    last.kind = MistakeKind::Mismatch;
                }
                result
            }
        }
    }

    fn fold(&mut self, at: u32, fold: &Fold) -> Type {
        let range = self.of(&fold.range);
        let (key, value) = match &range {
            Type::List(of) => (Type::Int, (**of).clone()),
            Type::Map(pair) => pair.as_ref().clone(),
            Type::Dyn | Type::Error | Type::Param(_) => (Type::Dyn, Type::Dyn),
            other => {
                let words = "cannot be range of a comprehension (must be list, map, or dynamic)";
                self.fail(fold.range.at, format!("expression of type '{other}' {words}"));
                (Type::Error, Type::Error)
            }
        };
        let before = self.env.variables.len();
        match &fold.second {
            Some(second) => {
                self.env.variables.push((fold.first.clone(), key.clone()));
                self.env.variables.push((second.clone(), value));
            }
            None => {
                let item = if matches!(range, Type::Map(_)) { key.clone() } else { value };
                self.env.variables.push((fold.first.clone(), item));
            }
        }
        let filter = fold.filter.as_ref().map(|filter| (filter, self.of(filter)));
        let body = self.of(&fold.body);
        let item = self.env.variables[before].1.clone();
        self.env.variables.truncate(before);
        let mut condition = |expr: &Expr, ty: &Type, made: Type| {
            if !Bindings::default().takes(&Type::Bool, ty) {
                self.no_overload(expr.at.min(at), "_?_:_", false, &[ty.clone(), made.clone(), made]);
            }
        };
        if let Some((filter, ty)) = &filter {
            condition(filter, ty, Type::list(body.clone()));
        }
        match fold.kind {
            FoldKind::All | FoldKind::Exists => {
                self.want(&fold.body, &Type::Bool, &body);
                Type::Bool
            }
            FoldKind::ExistsOne => {
                condition(&fold.body, &body, Type::Int);
                Type::Bool
            }
            FoldKind::Filter => {
                condition(&fold.body, &body, Type::list(item.clone()));
                Type::list(item)
            }
            FoldKind::Map | FoldKind::TransformList => Type::list(body),
            FoldKind::TransformMap => {
                let key = if matches!(range, Type::List(_)) { Type::Int } else { key };
                Type::map(key, body)
            }
            FoldKind::TransformMapEntry => body,
        }
    }

    /// What the validators of literals say, which run when the types are right.
    fn literals(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Call(call) => {
                let text = |at: usize| match call.args.get(at).map(|arg| (&arg.kind, arg.at)) {
                    Some((ExprKind::Literal(Literal::Text(text)), at)) => Some((text.clone(), at)),
                    _ => None,
                };
                match (call.name.as_str(), text(0), text(1)) {
                    ("duration", Some((text, at)), _) if convert::duration(&text).is_none() => {
                        self.fail(at, "invalid duration argument".to_owned());
                    }
                    ("timestamp", Some((text, at)), _) if convert::timestamp(&text).is_none() => {
                        self.fail(at, "invalid timestamp argument".to_owned());
                    }
                    ("matches", _, Some((text, at))) if patterns::is_broken(&text) => {
                        self.fail(at, "invalid matches argument".to_owned());
                    }
                    _ => {}
                }
                // What is printed may be of any type.
                if call.name == "format" && call.method {
                    return call.args.first().into_iter().for_each(|arg| self.literals(arg));
                }
            }
            ExprKind::List(items) => {
                self.alike(&items.iter().map(|item| (&item.0, item.1)).collect::<Vec<_>>());
            }
            ExprKind::Map(entries) => {
                self.alike(&entries.iter().map(|entry| (&entry.0, false)).collect::<Vec<_>>());
                self.alike(&entries.iter().map(|entry| (&entry.1, entry.2)).collect::<Vec<_>>());
            }
            _ => {}
        }
        // Names of loops are not kept here, so that only what stands outside of them is known.
        for child in expr.children() {
            self.literals(child);
        }
    }

    /// Whether the items of a list are of one type; each comes with whether it is an optional that may be left out.
    fn alike(&mut self, items: &[(&Expr, bool)]) {
        let mut first: Option<Type> = None;
        for (item, optional) in items {
            let before = self.mistakes.len();
            let ty = match (self.of(item), optional) {
                (Type::Optional(inner), true) => (*inner).clone(),
                (ty, _) => ty,
            };
            if self.mistakes.len() > before {
                self.mistakes.truncate(before);
                return;
            }
            match &first {
                None => first = Some(ty),
                Some(first) if first.is(&ty) => {}
                Some(first) => {
                    let message = format!("expected type '{first}' but found '{ty}'");
                    self.fail(item.at, message);
                    return;
                }
            }
        }
    }
}

/// The type of a call's result, if a signature takes the arguments.
fn result(overload: &Overload, args: &[Type]) -> Option<Type> {
    if overload.args.len() != args.len() {
        return None;
    }
    let mut known = Bindings::default();
    let fits = overload.args.iter().zip(args).all(|(wanted, given)| known.takes(wanted, given));
    fits.then(|| overload.result.filled(&known))
}

/// The type of all of them, or `dyn`.
fn joined(types: &[Type]) -> Type {
    let Some(first) = types.first() else { return Type::Dyn };
    match types.iter().all(|ty| first.is(ty)) {
        true => first.clone(),
        false => Type::Dyn,
    }
}

fn of_literal(literal: &Literal) -> Type {
    match literal {
        Literal::Null => Type::Null,
        Literal::Bool(_) => Type::Bool,
        Literal::Int(_) => Type::Int,
        Literal::Uint(_) => Type::Uint,
        Literal::Double(_) => Type::Double,
        Literal::Text(_) => Type::String,
        Literal::Bytes(_) => Type::Bytes,
    }
}
