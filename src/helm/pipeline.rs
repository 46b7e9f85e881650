//! Pipelines: commands, operands, and the variables they set.

use super::call::{self, Call};
use super::engine::{Engine, State};
use super::failure::{Failure, FailureKind, Result, led};
use super::syntax::{Command, Kind, Operand, Pipeline};
use super::text::{Origin, Str};
use super::value::{Data, Value};
use crate::yaml::Text;

impl Engine<'_> {
    /// A pipeline's value, its variables set.
    pub(super) fn pipeline(&mut self, pipeline: &Pipeline, dot: &Value, state: &mut State) -> Result<Value> {
        let value = self.evaluate(pipeline, dot, state)?;
        for name in &pipeline.variables {
            set_variable(state, name, value.clone(), pipeline.assigns);
        }
        Ok(value)
    }

    /// The same without its variables.
    pub(super) fn evaluate(&mut self, pipeline: &Pipeline, dot: &Value, state: &mut State) -> Result<Value> {
        let mut value = None;
        for command in &pipeline.commands {
            let mut result = self.command(command, dot, state, value).map_err(|failure| {
                let inner = command.operands.first().map_or(&pipeline.range, |operand| &operand.range);
                let end = command.operands.last().map_or(inner.end, |operand| operand.range.end);
                failure.at(state.text.span(&(inner.start..end)))
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
        command: &Command,
        dot: &Value,
        state: &mut State,
        last: Option<Value>,
    ) -> Result<Value> {
        self.spend(1, 0)?;
        let Some((first, rest)) = command.operands.split_first() else {
            return Ok(Value::default());
        };
        match &first.kind {
            Kind::Function(name, function) => self.function(name, *function, first, rest, dot, state, last),
            Kind::Field(names) => {
                let arguments = self.arguments(rest, dot, state, last)?;
                self.fields(dot.clone(), names, arguments, first, state)
            }
            Kind::Variable(name, names) if !names.is_empty() => {
                let arguments = self.arguments(rest, dot, state, last)?;
                let value = variable(state, name);
                self.fields(value, names, arguments, first, state)
            }
            Kind::Chain(inner, names) => {
                let value = self.operand(inner, dot, state)?;
                let arguments = self.arguments(rest, dot, state, last)?;
                self.fields(value, names, arguments, first, state)
            }
            _ if !rest.is_empty() || last.is_some() => {
                Err(Failure::error("can't give argument to non-function"))
            }
            _ => self.operand(first, dot, state),
        }
    }

    fn arguments(
        &mut self,
        operands: &[Operand],
        dot: &Value,
        state: &mut State,
        last: Option<Value>,
    ) -> Result<Vec<Value>> {
        let mut values = Vec::with_capacity(operands.len() + 1);
        for operand in operands {
            values.push(self.operand(operand, dot, state)?);
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
                value = self.operand(one, dot, state)?;
                if value.is_true() == (name == "or") {
                    return Ok(value);
                }
            }
            return Ok(last.unwrap_or(value));
        }
        let args = self.arguments(rest, dot, state, last)?;
        let end = rest.last().map_or(operand.range.end, |operand| operand.range.end);
        let place = state.text.span(&(operand.range.start..end));
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
    fn operand(&mut self, operand: &Operand, dot: &Value, state: &mut State) -> Result<Value> {
        let place = || state.text.span(&operand.range);
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
                let inner = operand.range.start + 1..operand.range.end.saturating_sub(1);
                let literal = Origin::literal(state.text.span(&inner));
                Str::new(text, Some(if *exact { literal } else { literal.changed() })).into()
            }
            Kind::Field(names) => self.fields(dot.clone(), names, Vec::new(), operand, state)?,
            Kind::Variable(name, names) => {
                let value = variable(state, name);
                if names.is_empty() {
                    return Ok(value);
                }
                self.fields(value, names, Vec::new(), operand, state)?
            }
            Kind::Chain(inner, names) => {
                let value = self.operand(inner, dot, state)?;
                self.fields(value, names, Vec::new(), operand, state)?
            }
            Kind::Pipeline(pipeline) => {
                // Variables of a parenthesized pipeline stay in scope, as in Go.
                self.pipeline(pipeline, dot, state)?
            }
            Kind::Function(name, function) => {
                self.function(name, *function, operand, &[], dot, state, None)?
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
