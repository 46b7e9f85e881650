//! Pipelines: commands, operands, and the variables they set.

use super::call::{self, Call};
use super::code::Running;
use super::engine::{Engine, State};
use super::failure::{Failure, FailureKind, Result, led};
use super::place::Place;
use super::syntax::{Kind, Operand, Pipeline};
use super::text::{Origin, Str};
use super::value::{Data, Value};
use crate::yaml::Text;

impl Engine<'_> {
    /// A pipeline's value, its variables set.
    pub(super) fn pipeline(
        &mut self,
        pipeline: &Pipeline,
        code: Running<'_>,
        dot: &Value,
        state: &mut State,
    ) -> Result<Value> {
        let value = self.evaluate(pipeline, code, dot, state)?;
        for name in &code.syntax[pipeline.variables] {
            set_variable(state, name, value.clone(), pipeline.assigns);
        }
        Ok(value)
    }

    /// The same without its variables.
    pub(super) fn evaluate(
        &mut self,
        pipeline: &Pipeline,
        code: Running<'_>,
        dot: &Value,
        state: &mut State,
    ) -> Result<Value> {
        let mut value = None;
        for command in &code.syntax[pipeline.commands] {
            let operands = &code.syntax[command.operands];
            let mut result = self.command(operands, code, dot, state, value).map_err(|failure| {
                let inner = operands.first().map_or(pipeline.place, |operand| operand.place);
                let last = operands.last().map_or(inner, |operand| operand.place);
                failure.at(code.span(inner.to(last)))
            })?;
            if matches!(result.data, Data::Nil) {
                result.data = Data::Nothing;
            }
            value = Some(result);
        }
        Ok(value.unwrap_or_default())
    }

    fn command(
        &mut self,
        operands: &[Operand],
        code: Running<'_>,
        dot: &Value,
        state: &mut State,
        last: Option<Value>,
    ) -> Result<Value> {
        self.spend(1, 0)?;
        let Some((first, rest)) = operands.split_first() else {
            return Ok(Value::default());
        };
        match &first.kind {
            Kind::Function(name, function) => {
                self.function(name, *function, first, rest, code, dot, state, last)
            }
            Kind::Field(names) => {
                let arguments = self.arguments(rest, code, dot, state, last)?;
                self.fields(dot.clone(), &code.syntax[*names], arguments, first, code)
            }
            Kind::Variable(name, names) if !names.is_empty() => {
                let arguments = self.arguments(rest, code, dot, state, last)?;
                let value = variable(state, name);
                self.fields(value, &code.syntax[*names], arguments, first, code)
            }
            Kind::Chain(inner, names) => {
                let value = self.operand(&code.syntax[*inner], code, dot, state)?;
                let arguments = self.arguments(rest, code, dot, state, last)?;
                self.fields(value, &code.syntax[*names], arguments, first, code)
            }
            _ if !rest.is_empty() || last.is_some() => {
                Err(Failure::error("can't give argument to non-function"))
            }
            _ => self.operand(first, code, dot, state),
        }
    }

    fn arguments(
        &mut self,
        operands: &[Operand],
        code: Running<'_>,
        dot: &Value,
        state: &mut State,
        last: Option<Value>,
    ) -> Result<Vec<Value>> {
        let mut values = Vec::with_capacity(operands.len() + 1);
        for operand in operands {
            values.push(self.operand(operand, code, dot, state)?);
        }
        values.extend(last);
        Ok(values)
    }

    #[allow(clippy::too_many_arguments)]
    fn function(
        &mut self,
        name: &'static str,
        function: call::Function,
        operand: &Operand,
        rest: &[Operand],
        code: Running<'_>,
        dot: &Value,
        state: &mut State,
        last: Option<Value>,
    ) -> Result<Value> {
        if name == "and" || name == "or" {
            // The first that decides; what follows is not even looked at.
            let mut value = Value::default();
            let count = rest.len() + usize::from(last.is_some());
            if count == 0 {
                return Err(Failure::error(format!(
                    "wrong number of args for {name}: want at least 1 got 0"
                )));
            }
            for one in rest {
                value = self.operand(one, code, dot, state)?;
                if value.is_true() == (name == "or") {
                    return Ok(value);
                }
            }
            return Ok(last.unwrap_or(value));
        }
        let args = self.arguments(rest, code, dot, state, last)?;
        let last = rest.last().map_or(operand.place, |operand| operand.place);
        let place = code.span(operand.place.to(last));
        let mut call = Call { engine: self, name, args, place };
        let value = function(&mut call).map_err(|failure| {
            if failure.at.is_some() {
                led(failure, place)
            } else if matches!(failure.kind, FailureKind::Error | FailureKind::Unset) {
                Failure { message: format!("error calling {name}: {}", failure.message), ..failure }.at(place)
            } else {
                failure.at(place)
            }
        })?;
        if let Data::Str(text) = &value.data {
            self.spend(0, text.cost())?;
        }
        Ok(value)
    }

    /// The value of an operand.
    fn operand(
        &mut self,
        operand: &Operand,
        code: Running<'_>,
        dot: &Value,
        state: &mut State,
    ) -> Result<Value> {
        let place = || code.span(operand.place);
        Ok(match &operand.kind {
            Kind::Dot => dot.clone(),
            Kind::Nil => Value::default(),
            Kind::Bool(value) => Value::from(*value).placed(Some(Origin::literal(place()).changed())),
            Kind::Int(value) => {
                Value::from(Data::Int(*value)).placed(Some(Origin::literal(place()).changed()))
            }
            Kind::Float(value) => {
                Value::from(Data::Float(*value)).placed(Some(Origin::literal(place()).changed()))
            }
            Kind::Str(text, exact) => {
                let Place { start, end } = operand.place;
                let literal =
                    Origin::literal(code.span(Place { start: start + 1, end: end.saturating_sub(1) }));
                Str::shared(text.clone(), Some(if *exact { literal } else { literal.changed() })).into()
            }
            Kind::Field(names) => {
                self.fields(dot.clone(), &code.syntax[*names], Vec::new(), operand, code)?
            }
            Kind::Variable(name, names) => {
                let value = variable(state, name);
                if names.is_empty() {
                    return Ok(value);
                }
                self.fields(value, &code.syntax[*names], Vec::new(), operand, code)?
            }
            Kind::Chain(inner, names) => {
                let value = self.operand(&code.syntax[*inner], code, dot, state)?;
                self.fields(value, &code.syntax[*names], Vec::new(), operand, code)?
            }
            Kind::Pipeline(pipeline) => {
                // Variables of a parenthesized pipeline stay in scope, as in Go.
                self.pipeline(&code.syntax[*pipeline], code, dot, state)?
            }
            Kind::Function(name, function) => {
                self.function(name, *function, operand, &[], code, dot, state, None)?
            }
        })
    }
}

fn variable(state: &State, name: &str) -> Value {
    let found = state.variables.iter().rev().find(|variable| variable.0 == name);
    found.map(|variable| variable.1.clone()).unwrap_or_default()
}

/// Declares or sets a variable.
pub(super) fn set_variable(state: &mut State, name: &Text, value: Value, assigns: bool) {
    if assigns && let Some(known) = state.variables.iter_mut().rev().find(|known| known.0 == *name) {
        known.1 = value;
    } else {
        state.variables.push((name.clone(), value));
    }
}
